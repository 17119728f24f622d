import type { Directory } from '@fairway/agent/link';
import { type Instance, Latencies } from '@fairway/model';

const CALLS_PER_SECOND = 10;
const ENDPOINT = '/orders/:id';

function latencyOf(count: number): { sumMs: number; buckets: number[] } {
  const latencies = new Latencies();
  let sumMs = 0;
  for (let i = 0; i < count; i++) {
    const ms = 2 + 20 * Math.random() ** 3;
    sumMs += ms;
    latencies.add(ms);
  }
  return { sumMs, buckets: latencies.pairs() };
}

function edgeTo({ service, id, lane = '' }: Instance, count: number) {
  const failed = Math.random() < 0.02 ? 1 : 0;
  const outcomes = failed > 0 ? { '2xx': count - failed, '5xx': failed } : { '2xx': count };
  const reason = lane === '' ? 'base' : 'lane';
  const where = { service, instance: id, instanceLane: lane, lane, endpoint: ENDPOINT, reason };
  return { ...where, outcomes, retried: 0, latency: latencyOf(count) };
}

/** What an agent would tell that called an instance of each lane of all services that it knows, and was called as often. */
export function trafficOf(directory: Directory, spanMs: number) {
  const count = Math.max(1, Math.round((CALLS_PER_SECOND * spanMs) / 1000));
  const edges = [...directory.services].flatMap((service) => {
    const byLane = new Map([...directory.instancesOf(service)].map((instance) => [instance.lane ?? '', instance]));
    return [...byLane.values()].map((instance) => edgeTo(instance, count));
  });
  const inbound = { lane: '', endpoint: ENDPOINT, outcomes: { '2xx': count }, latency: latencyOf(count) };
  return { spanMs, edges, inbound: [inbound], overflowed: 0, inFlight: {} };
}
