import type { Metric, MetricLabels } from '@fairway/core';
import { type AgentReport, Latencies, type Outcomes, type RuntimeHealth } from '@fairway/model';
import type { Measured } from './measure.ts';

/** Kinds of calls and requests that are told apart; the rest are not in the totals. */
const MAX_KINDS = 1_000;

/** Calls or requests of one kind, since the process started. */
class Total {
  readonly labels: MetricLabels;
  readonly latencies = new Latencies();
  readonly outcomes = new Map<string, number>();
  sumMs = 0;
  sentBytes = 0;
  receivedBytes = 0;

  constructor(labels: MetricLabels) {
    this.labels = labels;
  }

  add(outcomes: Outcomes, { sumMs, buckets }: { sumMs: number; buckets: readonly number[] }): void {
    this.sumMs += sumMs;
    this.latencies.addPairs(buckets);
    for (const [outcome, count] of Object.entries(outcomes))
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + count);
  }
}

/** What this process counted, for whoever scrapes its admin port. It lags by one report. */
export class OwnMetrics {
  readonly #calls = new Map<string, Total>();
  readonly #served = new Map<string, Total>();
  #inFlight: Readonly<Record<string, number>> = {};
  #runtime: RuntimeHealth | undefined;
  #dropped = 0;

  /** Takes in what is told to the control plane. */
  add({ edges, inbound, inFlight, runtime }: Measured): void {
    for (const { service, lane, instanceLane = '', outcomes, latency, sentBytes = 0, receivedBytes = 0 } of edges) {
      const total = this.#total(this.#calls, { to: service, lane, to_lane: instanceLane });
      if (!total) continue;
      total.add(outcomes, latency);
      total.sentBytes += sentBytes;
      total.receivedBytes += receivedBytes;
    }
    for (const { lane, outcomes, latency } of inbound) this.#total(this.#served, { lane })?.add(outcomes, latency);
    this.#inFlight = inFlight;
    this.#runtime = runtime ?? this.#runtime;
  }

  #total(totals: Map<string, Total>, labels: MetricLabels): Total | undefined {
    const key = Object.values(labels).join(' ');
    const known = totals.get(key);
    if (known) return known;
    if (this.#calls.size + this.#served.size >= MAX_KINDS) {
      this.#dropped++;
      return undefined;
    }
    const made = new Total(labels);
    totals.set(key, made);
    return made;
  }

  /** All of it, and what the process last said of itself. */
  metrics({ points, droppedLabels }: AgentReport): Metric[] {
    const ofPoints = (value: (point: AgentReport['points'][number]) => number) =>
      points.map((point) => ({ labels: { point: point.name }, value: value(point) }));
    const passed = points.flatMap(({ name, passed: reasons }) =>
      Object.entries(reasons).map(([reason, value]) => ({ labels: { point: name, reason }, value })),
    );
    const ofCalls = (value: (total: Total) => number) =>
      [...this.#calls.values()].map((total) => ({ labels: total.labels, value: value(total) }));
    return [
      ...trafficMetrics('fairway_agent_calls', 'Calls that this process made.', this.#calls),
      counter(
        'fairway_agent_calls_sent_bytes_total',
        'Sizes of the bodies of calls.',
        ofCalls(({ sentBytes }) => sentBytes),
      ),
      counter(
        'fairway_agent_calls_received_bytes_total',
        'Sizes of the bodies of answers.',
        ofCalls(({ receivedBytes }) => receivedBytes),
      ),
      ...trafficMetrics('fairway_agent_served', 'Requests that came to this process.', this.#served),
      {
        name: 'fairway_agent_calls_in_flight',
        type: 'gauge',
        help: 'Calls under way, by the service called.',
        points: Object.entries(this.#inFlight).map(([to, value]) => ({ labels: { to }, value })),
      },
      counter(
        'fairway_agent_governed_total',
        'What a point of interception decided.',
        ofPoints(({ governed }) => governed),
      ),
      counter(
        'fairway_agent_refused_total',
        'Calls that no instance may take.',
        ofPoints(({ refused }) => refused),
      ),
      counter('fairway_agent_passed_total', 'What was passed through untouched.', passed),
      counter(
        'fairway_agent_faults_total',
        'Errors of the agent itself.',
        ofPoints(({ faults }) => faults),
      ),
      counter('fairway_agent_dropped_labels_total', 'Lane labels that counted as not set.', single(droppedLabels)),
      counter('fairway_agent_untold_kinds_total', 'Counts of kinds that were one too many.', single(this.#dropped)),
      ...runtimeMetrics(this.#runtime),
    ];
  }
}

const MS_A_SECOND = 1000;

function single(value: number) {
  return [{ labels: {}, value }];
}

function counter(name: string, help: string, points: Extract<Metric, { type: 'counter' | 'gauge' }>['points']): Metric {
  return { name, type: 'counter', help, points };
}

function trafficMetrics(name: string, help: string, totals: ReadonlyMap<string, Total>): Metric[] {
  const all = [...totals.values()];
  const counted = all.flatMap(({ labels, outcomes }) =>
    [...outcomes].map(([outcome, value]) => ({ labels: { ...labels, outcome }, value })),
  );
  return [
    counter(`${name}_total`, help, counted),
    { name: `${name}_duration_seconds`, type: 'histogram', help: `How long they took. ${help}`, points: all },
  ];
}

function runtimeMetrics(runtime: RuntimeHealth | undefined): Metric[] {
  if (!runtime) return [];
  const gauge = (name: string, help: string, value: number): Metric => ({
    name: `fairway_agent_${name}`,
    type: 'gauge',
    help,
    points: single(value),
  });
  return [
    gauge('cpu_cores', 'Processor time that the process took, in cores.', runtime.cpu),
    gauge('resident_memory_bytes', 'Memory of the process.', runtime.rssBytes),
    gauge('heap_bytes', 'Memory that its objects take.', runtime.heapBytes),
    gauge('event_loop_busy', 'Share of the time that the event loop was busy.', runtime.loopBusy),
    gauge(
      'event_loop_delay_seconds',
      'How late timers came, the 99th percentile.',
      runtime.loopDelayP99Ms / MS_A_SECOND,
    ),
  ];
}
