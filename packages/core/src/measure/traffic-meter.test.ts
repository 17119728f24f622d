import { type Instance, Latencies } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { Peer } from '../traffic/peer.ts';
import { TrafficMeter } from './traffic-meter.ts';

const peerOf = (id: string, lane?: string) =>
  new Peer(
    { id, service: 'shop/order', host: 'h', ports: [1], state: 'ready', ...(lane ? { lane } : {}) } as Instance,
    0,
  );
const base = { lane: '', reason: 'base' };

describe('the meter of traffic', () => {
  it('tells calls apart by instance, endpoint, lane and reason, and starts anew once it told', () => {
    const meter = new TrafficMeter();
    const edges = meter.edgesTo('shop/order');
    const [one, two] = [peerOf('o-1'), peerOf('o-2', 'gray')];
    edges.ended(one, base, '/orders/1?x=1', '2xx', 10, 100, 2000);
    edges.ended(one, { ...base }, '/orders/2', '5xx', 20, 1, 0);
    edges.ended(two, { lane: 'gray', reason: 'lane' }, '/orders/3', '2xx', 1);
    edges.replaced(one, { lane: 'gray', reason: 'fallback:base' }, '/orders/3');
    edges.ended(null, base, '/', 'none', 0);
    const latencies = new Latencies();
    for (const ms of [10, 20]) latencies.add(ms);
    expect(meter.take()).toMatchObject({
      overflowed: 0,
      edges: [
        {
          service: 'shop/order',
          instance: 'o-1',
          instanceLane: '',
          lane: '',
          reason: 'base',
          endpoint: '/orders/:id',
          outcomes: { '2xx': 1, '5xx': 1 },
          latency: { sumMs: 30, buckets: latencies.pairs() },
          sentBytes: 101,
          receivedBytes: 2000,
        },
        { instance: 'o-1', lane: 'gray', reason: 'fallback:base', outcomes: {}, retried: 1 },
        { instance: 'o-2', instanceLane: 'gray', lane: 'gray', outcomes: { '2xx': 1 } },
        { endpoint: '/', outcomes: { none: 1 } },
      ],
    });
    expect(meter.take()).toEqual({ edges: [], inbound: [], overflowed: 0 });
  });

  it('tells what was asked by lane and endpoint', () => {
    const meter = new TrafficMeter();
    meter.inbound.ended('', '/a/1', '2xx', 1);
    meter.inbound.ended('gray', '/a/2', 'abandoned', 1);
    expect(meter.take().inbound).toMatchObject([
      { lane: '', endpoint: '/a/:id', outcomes: { '2xx': 1 } },
      { lane: 'gray', endpoint: '/a/:id', outcomes: { abandoned: 1 } },
    ]);
  });

  it('counts nothing while it is off', () => {
    const meter = new TrafficMeter();
    meter.isOn = false;
    meter.edgesTo('shop/order').ended(peerOf('o-1'), base, '/', '2xx', 1);
    meter.inbound.ended('', '/', '2xx', 1);
    expect(meter.take()).toEqual({ edges: [], inbound: [], overflowed: 0 });
  });

  it('counts every call of a flood of endpoints, instances and lanes, in what a report takes, and says what it did not tell apart', () => {
    const meter = new TrafficMeter();
    const calls = 30_000;
    for (let at = 0; at < calls; at++) {
      const way = { lane: `l${at % 7}`, reason: 'lane' };
      meter.edgesTo(`shop/s${at % 3}`).ended(peerOf(`o-${at % 50}`), way, `/e${at}x/${'y'.repeat(at % 30)}`, '2xx', 1);
      meter.inbound.ended(`l${at % 500}`, `/e${at}x`, '2xx', 1);
    }
    const { edges, inbound, overflowed } = meter.take();
    const sum = (counts: typeof inbound) => counts.reduce((total, { outcomes }) => total + (outcomes['2xx'] ?? 0), 0);
    expect([sum(edges), sum(inbound)]).toEqual([calls, calls]);
    expect(edges.length).toBeLessThanOrEqual(2_048);
    expect(inbound.length).toBeLessThanOrEqual(1_024);
    expect(overflowed).toBeGreaterThan(calls);
  });
});
