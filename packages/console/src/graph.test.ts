import type { Topology, TrafficEdge, TrafficNode, TrafficService } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { namespaceGraph, serviceGraph, shapeOf } from './graph.ts';
import { placed } from './layout.ts';

const edge = (from: string, to: string, lane = '', toLane = lane) =>
  ({ from, to, lane, toLane, rate: 2, requests: 10, errors: 1 }) as TrafficEdge;
const service = (name: string, ...lanes: string[]) =>
  ({
    service: name,
    instances: Object.fromEntries(['', ...lanes].map((lane) => [lane, 1])),
  }) as unknown as TrafficService;

const now = {
  services: [service('shop/web', 'gray'), service('shop/order'), service('bank/pay'), service('shop/idle')],
  nodes: [{ service: 'shop/order', lane: '', rate: 5, requests: 50, errors: 5 } as TrafficNode],
  edges: [
    edge('shop/web', 'shop/order'),
    edge('shop/web', 'shop/order', 'gray'),
    edge('shop/web', 'shop/order', 'gray', ''),
    edge('shop/order', 'bank/pay'),
  ],
} as unknown as Topology;

describe('what is drawn of traffic', () => {
  it('is every service, and what they call by lane, wherever that fell back', () => {
    const { boxes, arrows } = serviceGraph(now, null);
    expect(boxes.map(({ id }) => id)).toEqual(['bank/pay', 'shop/idle', 'shop/order', 'shop/web']);
    expect(boxes[2]).toEqual({ id: 'shop/order', rate: 5, errorShare: 0.1, lanes: [''], services: 1 });
    expect(boxes[3]?.lanes).toEqual(['', 'gray']);
    expect(arrows.map(({ id, rate, edges }) => [id, rate, edges.length])).toEqual([
      ['shop/web shop/order base', 2, 1],
      ['shop/web shop/order gray', 4, 2],
      ['shop/order bank/pay base', 2, 1],
    ]);
  });

  it('is a service and its neighbours where it is in focus', () => {
    const { boxes, arrows } = serviceGraph(now, 'bank/pay');
    expect(boxes.map(({ id }) => id)).toEqual(['bank/pay', 'shop/order']);
    expect(arrows).toHaveLength(1);
  });

  it('is namespaces and what they ask of each other', () => {
    const { boxes, arrows } = namespaceGraph(now);
    expect(boxes.map(({ id, services, rate }) => [id, services, rate])).toEqual([
      ['bank', 1, 0],
      ['shop', 3, 5],
    ]);
    expect(arrows.map(({ id }) => id)).toEqual(['shop bank base']);
  });
});

describe('places', () => {
  it('of callers are left of what they call, also where calls go in circles', () => {
    const at = placed(shapeOf(serviceGraph(now, null)));
    const x = (id: string) => at.get(id)?.x ?? Number.NaN;
    expect([x('shop/web') < x('shop/order'), x('shop/order') < x('bank/pay')]).toEqual([true, true]);
    const circle = { ...now, edges: [...now.edges, edge('bank/pay', 'shop/web'), edge('shop/web', 'shop/web')] };
    expect(placed(shapeOf(serviceGraph(circle as Topology, null))).size).toBe(4);
  });

  it('of many in one column are folded, so that the picture is no line', () => {
    const boxes = ['web', ...Array.from({ length: 200 }, (_, n) => `called-${n}`)];
    const at = [...placed({ boxes, pairs: boxes.slice(1).map((id) => ['web', id] as const) }).values()];
    const extent = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
    const ratio = extent(at.map(({ x }) => x)) / extent(at.map(({ y }) => y));
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(4);
    expect(new Set(at.map(({ x, y }) => `${x} ${y}`)).size).toBe(201);
  });
});
