import type { LiveAgent } from '@fairway/client';
import type { AgentReport, PointReport } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { checkAgents, checkOff } from './agent.ts';

const point = (over: Partial<PointReport>): PointReport => ({
  name: 'http',
  state: 'on',
  faults: 0,
  governed: 1,
  refused: 0,
  passed: {},
  ...over,
});
const agent = (instance: string, report: Partial<AgentReport> | null): LiveAgent => ({
  instance,
  service: 'shop/order',
  lane: '',
  connected: true,
  revision: 1,
  off: null,
  agent: null,
  report: report && { points: [], bytes: 0, droppedLabels: 0, ...report },
  reportedAt: null,
});

describe('what agents report', () => {
  it.each<[string, Partial<AgentReport> | null, string[]]>([
    ['nothing yet', null, []],
    ['all well', { points: [point({})] }, []],
    [
      'a point that rests',
      { points: [point({ state: 'paused', why: 'repeated faults', faults: 16 })] },
      ['problem: point http is paused, for repeated faults, and its traffic passes through untouched, at a'],
    ],
    [
      'a point that is off for good',
      { points: [point({ state: 'off', why: 'repeated faults', faults: 80 })] },
      ['problem: point http is off, for repeated faults, and its traffic passes through untouched, at a'],
    ],
    [
      'a point that was disabled',
      { points: [point({ state: 'off', why: 'FAIRWAY_DISABLE' })] },
      ['note: point http is off by FAIRWAY_DISABLE, at a'],
    ],
    ['faults', { points: [point({ faults: 1 })] }, ['note: point http failed at times and went on, at a']],
    ['an agent aside', { aside: 'no room' }, ['problem: the agent passes everything through: no room, at a']],
  ])('%s', (_what, report, expected) => {
    const findings = checkAgents([agent('a', report)]);
    expect(findings.map(({ level, what }) => `${level}: ${what}`)).toEqual(expected);
    expect(findings.filter(({ advice }) => !advice)).toEqual([]);
  });

  it('the same of many is said once', () => {
    const many = Array.from({ length: 8 }, (_, i) => agent(`i${i}`, { points: [point({ faults: i + 1 })] }));
    expect(checkAgents(many).map(({ what }) => what)).toEqual([
      'point http failed at times and went on, at i0, i1, i2, i3, i4 and 3 more',
    ]);
  });
});

it('what is off is said with what turns it on, also where the instance is gone', () => {
  const off = { services: ['order'], instances: ['a', 'b'] };
  const found = checkOff({ name: 'shop', enabled: true, off, services: 1, instances: 1 }, [agent('a', null)]);
  expect(found.map(({ level, advice }) => [level, advice])).toEqual([
    ['problem', 'turn it on: fairway service on shop/order'],
    ['problem', 'turn it on: fairway instance on a'],
    ['note', 'take it from the list: fairway instance on b'],
  ]);
});
