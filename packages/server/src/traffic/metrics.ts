import type { Tally } from '@fairway/control';
import type { Metric, MetricLabels } from '@fairway/core';
import type { TrafficBook } from './traffic-book.ts';

/** The fleet by numbers. */
export interface FleetGauges {
  readonly connected: number;
  /** By state. */
  readonly instances: Readonly<Record<string, number>>;
}

type Totals = readonly { readonly labels: MetricLabels; readonly tally: Tally }[];

/** Totals since the control plane started. At most 1,000 series of edges are told apart. */
export function metricsOf(book: TrafficBook, { connected, instances }: FleetGauges): Metric[] {
  const totals = [...book.rollup.totals()].map(({ from, to, lane, toLane, tally }) => {
    const labels: MetricLabels = from === '' ? { service: to, lane } : { from, to, lane, to_lane: toLane };
    return { isEdge: from !== '', labels, tally };
  });
  const edges = totals.filter(({ isEdge }) => isEdge);
  const ofCalls = (name: string, help: string, value: (tally: Tally) => number): Metric => ({
    name,
    type: 'counter',
    help,
    points: edges.map(({ labels, tally }) => ({ labels, value: value(tally) })),
  });
  const served = totals.filter(({ isEdge }) => !isEdge);
  const { overflowed, lost } = book.rollup.bounds;
  return [
    ...trafficMetrics('fairway_requests', 'Calls between services, by the account of the callers.', edges),
    ofCalls('fairway_attempts_replaced_total', 'Attempts in whose place another was made.', ({ retried }) => retried),
    ofCalls('fairway_requests_sent_bytes_total', 'Sizes of the bodies of calls.', ({ sentBytes }) => sentBytes),
    ofCalls(
      'fairway_requests_received_bytes_total',
      'Sizes of the bodies of answers.',
      ({ receivedBytes }) => receivedBytes,
    ),
    ...trafficMetrics('fairway_served', 'Requests that services were asked, by their own account.', served),
    single('fairway_agents_connected', 'gauge', 'Agents whose stream is open.', connected),
    {
      name: 'fairway_instances',
      type: 'gauge',
      help: 'Instances in the directory.',
      points: Object.entries(instances).map(([state, value]) => ({ labels: { state }, value })),
    },
    {
      name: 'fairway_traffic_reports_total',
      type: 'counter',
      help: 'Reports of traffic that came.',
      points: Object.entries(book.received).map(([result, value]) => ({ labels: { result }, value })),
    },
    single('fairway_traffic_lost_reports_total', 'counter', 'Reports of traffic that agents could not deliver.', lost),
    single(
      'fairway_traffic_overflowed_requests_total',
      'counter',
      'Requests whose edge or endpoint was one too many.',
      overflowed,
    ),
  ];
}

function single(name: string, type: 'counter' | 'gauge', help: string, value: number): Metric {
  return { name, type, help, points: [{ labels: {}, value }] };
}

function trafficMetrics(name: string, help: string, totals: Totals): Metric[] {
  const counted = totals.flatMap(({ labels, tally }) =>
    Object.entries(tally.outcomes).map(([outcome, value]) => ({ labels: { ...labels, outcome }, value })),
  );
  const latencies = totals.map(({ labels, tally: { latencies, sumMs } }) => ({ labels, latencies, sumMs }));
  return [
    { name: `${name}_total`, type: 'counter', help, points: counted },
    {
      name: `${name}_duration_seconds`,
      type: 'histogram',
      help: 'Until the head of the answer, or until the failure.',
      points: latencies,
    },
  ];
}
