import type { Topology, TrafficNode, TrafficSeries } from '@fairway/model';

/** Requests a second that came to services, by lane, at one moment. */
export function ratesByLane(topology: Topology, service?: string): ReadonlyMap<string, number> {
  const rates = new Map<string, number>();
  for (const node of topology.nodes) {
    if (service !== undefined && node.service !== service) continue;
    rates.set(node.lane, (rates.get(node.lane) ?? 0) + node.rate);
  }
  return rates;
}

/** What came to one service over time: for each lane that was seen a node for each moment, or null. Base first, then by name. */
export function nodesOverTime(
  seen: readonly Topology[],
  service: string,
): ReadonlyMap<string, readonly (TrafficNode | null)[]> {
  const moments = seen.map(({ nodes }) => new Map(nodes.filter((n) => n.service === service).map((n) => [n.lane, n])));
  return overTime(moments, null);
}

/** Seconds since 1970 of each moment. */
export function timesOf(seen: readonly Pick<Topology, 'at'>[]): number[] {
  return seen.map(({ at }) => Date.parse(at) / 1000);
}

/** Rates over time: for each lane that was seen one value for each moment. Base first, then by name. */
export function rateLines(seen: readonly Topology[], service?: string): ReadonlyMap<string, readonly number[]> {
  return overTime(
    seen.map((topology) => ratesByLane(topology, service)),
    0,
  );
}

/** What is known by lane at each moment, as a line for each lane that was seen; `none` where it was not. */
function overTime<T, N>(moments: readonly ReadonlyMap<string, T>[], none: N): ReadonlyMap<string, readonly (T | N)[]> {
  const lanes = [...new Set(moments.flatMap((moment) => [...moment.keys()]))].sort();
  return new Map(lanes.map((lane) => [lane, moments.map((moment) => moment.get(lane) ?? none)]));
}

const STEP_SECONDS = { '1s': 1, '10s': 10, '5m': 300 };

/** Requests a second by lane at each step of a time, in seconds; where a point is left out, there were none. */
export function linesWithin({ step, lanes }: TrafficSeries, [from, to]: readonly [from: number, to: number]) {
  const size = STEP_SECONDS[step];
  const first = Math.floor(from / size);
  const count = Math.max(0, Math.floor(to / size) - first + 1);
  const times = Array.from({ length: count }, (_, i) => (first + i) * size);
  const lines = Object.entries(lanes).map(([lane, points]) => {
    const rates = new Map(points.map(({ at, rate }) => [Math.floor(Date.parse(at) / 1000 / size), rate]));
    return [lane, times.map((_, i) => rates.get(first + i) ?? 0)] as const;
  });
  return { times, lanes: new Map(lines) };
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
