import type { Topology, TrafficNode, TrafficSeries } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { linesWithin, nodesOverTime } from './traffic.ts';

const node = (service: string, lane: string, rate: number) => ({ service, lane, rate }) as TrafficNode;
const moment = (...nodes: TrafficNode[]) => ({ nodes }) as unknown as Topology;

describe('traffic over time', () => {
  it('has a node of the service for each lane and moment', () => {
    const seen = [moment(node('a', '', 1), node('b', '', 9)), moment(node('a', '', 2), node('a', 'gray', 3))];
    const rates = [...nodesOverTime(seen, 'a')].map(([lane, nodes]) => [lane, nodes.map((one) => one?.rate ?? null)]);
    expect(rates).toEqual([
      ['', [1, 2]],
      ['gray', [null, 3]],
    ]);
  });

  it('has a value at each step of a rollout, 0 where nothing came', () => {
    const at = (second: number) => new Date(second * 1000).toISOString();
    const point = (second: number, rate: number) => ({ at: at(second), rate });
    const series = {
      step: '10s',
      lanes: { '': [point(90, 7), point(100, 1), point(120, 3), point(130, 4)], gray: [point(110, 2)] },
    } as unknown as TrafficSeries;
    const { times, lanes } = linesWithin(series, [104, 125]);
    expect(times).toEqual([100, 110, 120]);
    expect([...lanes]).toEqual([
      ['', [1, 0, 3]],
      ['gray', [0, 2, 0]],
    ]);
  });
});
