import { type EdgeCount, type InboundCount, Latencies, type TrafficReport } from '@fairway/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TRAFFIC_LEVELS, TrafficRollup } from './traffic-rollup.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

function latencyOf(...values: number[]): EdgeCount['latency'] {
  const latencies = new Latencies();
  for (const ms of values) latencies.add(ms);
  return { sumMs: values.reduce((sum, ms) => sum + ms, 0), buckets: latencies.pairs() };
}

function edge(over: Partial<EdgeCount> = {}): EdgeCount {
  return {
    service: 'shop/order',
    instance: 'order-1',
    instanceLane: '',
    lane: '',
    endpoint: '/orders/:id',
    reason: 'base',
    outcomes: { '2xx': 2 },
    retried: 0,
    latency: latencyOf(10, 20),
    ...over,
  };
}

function inbound(over: Partial<InboundCount> = {}): InboundCount {
  return { lane: '', endpoint: '/orders/:id', outcomes: { '2xx': 1 }, latency: latencyOf(5), ...over };
}

let seq = 0;
function report(over: Partial<TrafficReport> = {}): TrafficReport {
  const head = { version: 1, instance: 'web-1', seq: ++seq, spanMs: 1000, agoMs: 0 } as const;
  return { ...head, edges: [], inbound: [], inFlight: {}, lostReports: 0, overflowed: 0, ...over };
}

const lastMinute = { fromMs: NOW - MINUTE, toMs: NOW };

describe('the roll-up of traffic', () => {
  it('tells edges by lane, with rate, errors, quantiles and reasons', () => {
    const rollup = new TrafficRollup();
    const canary = edge({ lane: 'gray', instanceLane: 'gray', reason: 'lane', outcomes: { '2xx': 1, '5xx': 1 } });
    const fallen = edge({ lane: 'gray', reason: 'fallback:base', outcomes: { '2xx': 4 }, retried: 1, sentBytes: 7 });
    rollup.add(report({ edges: [edge(), canary, fallen] }), 'shop/web', NOW);
    rollup.add(report({ instance: 'web-2', edges: [edge({ outcomes: { refused: 3, '4xx': 1 } })] }), 'shop/web', NOW);
    const edges = rollup.edges(lastMinute, {});
    expect(edges).toHaveLength(3);
    expect(edges.find(({ lane }) => lane === '')).toMatchObject({
      from: 'shop/web',
      to: 'shop/order',
      requests: 6,
      rate: 0.1,
      errors: 3,
      errorShare: 0.5,
      outcomes: { '2xx': 2, '4xx': 1, refused: 3 },
      reasons: { base: 6 },
    });
    const lanes = edges
      .filter(({ lane }) => lane === 'gray')
      .map(({ toLane, reasons, retried, sentBytes }) => [toLane, reasons, retried, sentBytes]);
    expect(lanes).toEqual([
      ['gray', { lane: 2 }, 0, 0],
      ['', { 'fallback:base': 4 }, 1, 7],
    ]);
    expect(rollup.edges(lastMinute, { lane: 'gray' })).toHaveLength(2);
    expect(rollup.edges(lastMinute, { service: 'shop/web' })).toHaveLength(3);
    expect(rollup.edges(lastMinute, { service: 'shop/pay' })).toEqual([]);
    expect(rollup.edges(lastMinute, { namespace: 'bank' })).toEqual([]);
  });

  it('takes any reason for what it is', () => {
    const rollup = new TrafficRollup();
    const edges = ['constructor', '__proto__', 'a"b'].map((reason) => edge({ reason }));
    rollup.add(report({ edges }), 'shop/web', NOW);
    const [{ reasons } = { reasons: {} }] = rollup.edges(lastMinute, {});
    expect(Object.entries(reasons)).toEqual([
      ['constructor', 2],
      ['__proto__', 2],
      ['a"b', 2],
    ]);
  });

  it('tells what services were asked, instances took and endpoints served', () => {
    const rollup = new TrafficRollup();
    rollup.add(report({ edges: [edge(), edge({ instance: 'order-2', instanceLane: 'gray' })] }), 'shop/web', NOW);
    rollup.add(report({ instance: 'order-1', inbound: [inbound(), inbound({ endpoint: '/' })] }), 'shop/order', NOW);
    expect(rollup.nodes(lastMinute, {})).toMatchObject([{ service: 'shop/order', lane: '', requests: 2, errors: 0 }]);
    expect(Math.abs((rollup.nodes(lastMinute, {})[0]?.p50Ms ?? 0) - 5)).toBeLessThanOrEqual(0.05);
    expect(rollup.instances('shop/order', lastMinute)).toMatchObject([
      { instance: 'order-1', lane: '', requests: 2 },
      { instance: 'order-2', lane: 'gray', requests: 2 },
    ]);
    expect(rollup.endpoints('shop/order', lastMinute).map(({ endpoint }) => endpoint)).toEqual(['/orders/:id', '/']);
    expect(rollup.instances('shop/ord', lastMinute)).toEqual([]);
  });

  it('tells what a lane and base were asked beside each other, where both are what they seem', () => {
    const rollup = new TrafficRollup();
    const gray = { lane: 'gray', instanceLane: 'gray', instance: 'order-2', reason: 'lane' };
    const edges = [
      edge(),
      edge({ ...gray, outcomes: { '5xx': 1 } }),
      edge({ lane: 'gray', reason: 'fallback:base', outcomes: { '5xx': 8 } }),
      edge({ lane: 'gray', service: 'shop/pay', instance: 'pay-1', reason: 'fallback:base' }),
      edge({ ...gray, service: 'bank/vault' }),
    ];
    // The service that is called by nobody with an agent tells of the whole chain; one that is called, by its callers alone.
    const chain = [inbound({ outcomes: { '2xx': 9 } }), inbound({ lane: 'gray', outcomes: { '5xx': 3 } })];
    rollup.add(report({ edges, inbound: chain }), 'shop/web', NOW);
    rollup.add(report({ instance: 'order-2', inbound: [inbound({ lane: 'gray' })] }), 'shop/order', NOW);
    const { sides: bySide, calls } = rollup.sides(lastMinute, 'shop', 'gray');
    const sides = [...bySide];
    const counts = sides.map(([service, { canary, base }]) => [service, canary.requests, canary.errors, base.requests]);
    expect(counts.sort()).toEqual([
      ['shop/order', 1, 1, 2],
      ['shop/web', 3, 3, 9],
    ]);
    expect([...calls].map(([service, callers]) => [service, [...callers]]).sort()).toEqual([
      ['shop/order', [['shop/web', 9]]],
      ['shop/pay', [['shop/web', 2]]],
    ]);
    expect(rollup.sides(lastMinute, 'shop', 'blue')).toEqual({ sides: new Map(), calls: new Map() });
  });

  it('counts a report once, and puts a late one where it belongs or says that it came too late', () => {
    const rollup = new TrafficRollup();
    const first = report({ edges: [edge()] });
    expect(rollup.add(first, 'shop/web', NOW)).toBe('taken');
    expect(rollup.add(first, 'shop/web', NOW)).toBe('repeated');
    expect(rollup.add(report({ agoMs: 2 * MINUTE, edges: [edge()] }), 'shop/web', NOW)).toBe('taken');
    expect(rollup.add(report({ agoMs: 6 * MINUTE, edges: [edge()] }), 'shop/web', NOW)).toBe('late');
    expect(rollup.edges(lastMinute, {})).toMatchObject([{ requests: 2 }]);
    expect(rollup.edges({ fromMs: NOW - 5 * MINUTE, toMs: NOW }, {})).toMatchObject([{ requests: 4 }]);
    rollup.add(report({ instance: 'web-1', lostReports: 3 }), 'shop/web', NOW);
    rollup.add(report({ instance: 'web-1', lostReports: 4, overflowed: 7 }), 'shop/web', NOW);
    expect(rollup.bounds).toMatchObject({ late: 1, lost: 4, overflowed: 7 });
  });

  it('keeps each step for its time, and no longer', () => {
    const rollup = new TrafficRollup();
    for (let minute = 0; minute < 130; minute++)
      rollup.add(report({ edges: [edge()] }), 'shop/web', NOW + minute * MINUTE);
    const endMs = NOW + 129 * MINUTE;
    const requests = (step: '1s' | '10s' | '5m') =>
      rollup
        .series('shop/web', 'shop/order', step, { fromMs: 0, toMs: endMs + MINUTE })
        .lanes['']?.reduce((sum, point) => sum + point.requests, 0);
    expect([requests('1s'), requests('10s'), requests('5m')]).toEqual([2 * 6, 2 * 61, 2 * 130]);
    expect(rollup.series(null, 'shop/order', '1s', { fromMs: 0, toMs: endMs }).lanes).toEqual({});
  });

  it('is bounded whatever is reported, and says so', () => {
    const rollup = new TrafficRollup();
    const flood = (count: number) => Array.from({ length: count }, (_, at) => edge({ service: `shop/s${at}-${seq}` }));
    for (let at = 0; at < 12; at++) rollup.add(report({ edges: flood(2_000) }), 'shop/web', NOW + at * 1000);
    const { maxKeys, maxPoints } = TRAFFIC_LEVELS['1s'];
    const edges = rollup.edges({ fromMs: NOW - MINUTE, toMs: NOW + MINUTE }, {});
    expect(edges.length).toBeLessThanOrEqual(maxPoints + maxKeys);
    expect([...rollup.totals()].length).toBeLessThanOrEqual(maxKeys + 1);
    expect(rollup.bounds.overflowed).toBeGreaterThan(0);
    const names = Array.from({ length: 9_000 }, (_, at) => inbound({ endpoint: `/e${at}` }));
    rollup.add(report({ instance: 'x', inbound: names }), 'shop/web', NOW + MINUTE);
    expect(rollup.endpoints('shop/web', { fromMs: 0, toMs: NOW + 2 * MINUTE }).length).toBeLessThanOrEqual(8_000);
  });

  it('is the same whatever the order in which reports come', () => {
    const counts = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 200 }),
        lane: fc.constantFrom('', 'gray'),
        outcomes: fc.record({ '2xx': fc.nat(50), reset: fc.nat(3) }),
        values: fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 5 }),
      }),
      { maxLength: 12 },
    );
    const endMs = NOW + 200_000;
    const tell = (given: readonly { at: number; lane: string; outcomes: object; values: number[] }[]) => {
      const rollup = new TrafficRollup();
      for (const { at, lane, outcomes, values } of given) {
        const edges = [edge({ lane, outcomes, latency: latencyOf(...values) })];
        rollup.add(report({ agoMs: 200_000 - at * 1000, spanMs: 0, edges }), 'shop/web', endMs);
      }
      return (['1s', '10s', '5m'] as const).map((step) =>
        rollup.series('shop/web', 'shop/order', step, { fromMs: NOW - 1e6, toMs: endMs + 1 }),
      );
    };
    fc.assert(
      fc.property(counts, (given) => {
        expect(tell(given.toReversed())).toEqual(tell(given));
      }),
    );
  });
});
