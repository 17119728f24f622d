import type { Topology, TrafficNode } from '@fairway/model';

/** Requests a second that came to services, by lane, at one moment. */
export function ratesByLane(topology: Topology, service?: string): ReadonlyMap<string, number> {
  const rates = new Map<string, number>();
  for (const node of topology.nodes) {
    if (service !== undefined && node.service !== service) continue;
    rates.set(node.lane, (rates.get(node.lane) ?? 0) + node.rate);
  }
  return rates;
}

/** The same over time: for each lane that was seen one value for each moment. Base first, then by name. */
export function rateLines(seen: readonly Topology[], service?: string): ReadonlyMap<string, readonly number[]> {
  const moments = seen.map((topology) => ratesByLane(topology, service));
  const lanes = [...new Set(moments.flatMap((moment) => [...moment.keys()]))].sort();
  return new Map(lanes.map((lane) => [lane, moments.map((moment) => moment.get(lane) ?? 0)]));
}

/** Sum of rates and share of errors over nodes. */
export function sumOf(nodes: readonly Pick<TrafficNode, 'rate' | 'requests' | 'errors'>[]) {
  const sum = { rate: 0, requests: 0, errors: 0 };
  for (const { rate, requests, errors } of nodes) {
    sum.rate += rate;
    sum.requests += requests;
    sum.errors += errors;
  }
  return { ...sum, errorShare: sum.requests === 0 ? 0 : sum.errors / sum.requests };
}
