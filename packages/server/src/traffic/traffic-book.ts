import { type TrafficFilter, TrafficRollup, type Window } from '@fairway/control';
import {
  type Instance,
  namespaceOfService,
  type RuntimeHealth,
  type ServiceTrafficDetail,
  type Topology,
  type TrafficEdge,
  type TrafficNode,
  type TrafficReport,
  type TrafficService,
} from '@fairway/model';

/** What an agent last said of calls under way is not believed for longer. */
const MAX_AGE_MS = 90_000;
/** Reports are on their way for so long. */
const SLACK_MS = 250;

interface Latest {
  readonly atMs: number;
  readonly inFlight: Readonly<Record<string, number>>;
  readonly runtime: RuntimeHealth | undefined;
}

/** What is asked for of the topology. */
export interface TopologyQuery extends TrafficFilter {
  readonly windowMs: number;
}

/** What the book needs of the rest of the server. */
export interface TrafficBookParts {
  instances(): Iterable<Instance>;
  /** How often agents report. */
  everyMs(): number;
  readonly nowMs: () => number;
}

/** What agents report of traffic, as the API tells it. In memory alone: a control plane that starts anew begins at nothing. */
export class TrafficBook {
  readonly rollup = new TrafficRollup();
  readonly received = { taken: 0, repeated: 0, late: 0 };
  readonly #parts: TrafficBookParts;
  readonly #latest = new Map<string, Latest>();

  constructor(parts: TrafficBookParts) {
    this.#parts = parts;
  }

  /** A report of an instance of a service that may make it. */
  report(report: TrafficReport, service: string): void {
    const nowMs = this.#parts.nowMs();
    const taken = this.rollup.add(report, service, nowMs);
    this.received[taken]++;
    if (taken !== 'taken') return;
    const { instance, inFlight } = report;
    const runtime = report.runtime ?? this.#latest.get(instance)?.runtime;
    this.#latest.set(instance, { atMs: nowMs, inFlight, runtime });
  }

  /** An instance is gone. */
  forget(instance: string): void {
    this.rollup.forget(instance);
    this.#latest.delete(instance);
  }

  /** What an instance last said of itself, if that was lately; null: nothing. */
  runtimeOf(instance: string): RuntimeHealth | null {
    const latest = this.#latest.get(instance);
    return latest && latest.atMs >= this.#parts.nowMs() - MAX_AGE_MS ? (latest.runtime ?? null) : null;
  }

  topology({ windowMs, ...filter }: TopologyQuery): Topology {
    const window = this.window(windowMs);
    // Of what has only just begun not everyone has told; that it is there is known.
    const since = { fromMs: window.toMs, toMs: this.#parts.nowMs() };
    return {
      at: new Date(window.toMs).toISOString(),
      windowMs,
      everyMs: this.#parts.everyMs(),
      services: this.#services(filter.namespace),
      nodes: withNew(this.rollup.nodes(window, filter), this.rollup.nodes(since, filter, windowMs), nodeKey),
      edges: withNew(this.rollup.edges(window, filter), this.rollup.edges(since, filter, windowMs), edgeKey),
      bounds: this.rollup.bounds,
    };
  }

  detail(service: string, windowMs: number): ServiceTrafficDetail {
    const window = this.window(windowMs);
    const instances = this.rollup
      .instances(service, window)
      .map((one) => ({ ...one, runtime: this.#latest.get(one.instance)?.runtime ?? null }));
    const endpoints = this.rollup.endpoints(service, window);
    return { service, at: new Date(window.toMs).toISOString(), windowMs, instances, endpoints };
  }

  /** The latest window of which all agents have told. */
  window(windowMs: number): Window {
    const toMs = this.#parts.nowMs() - this.#parts.everyMs() - SLACK_MS;
    return { fromMs: toMs - windowMs, toMs };
  }

  #services(namespace: string | undefined): TrafficService[] {
    const services = new Map<string, { instances: Record<string, number>; inFlight: number }>();
    const of = (service: string) => {
      const known = services.get(service) ?? { instances: {}, inFlight: 0 };
      services.set(service, known);
      return known;
    };
    for (const { service, state, lane = '' } of this.#parts.instances()) {
      const { instances } = of(service);
      instances[lane] = (instances[lane] ?? 0) + (state === 'ready' ? 1 : 0);
    }
    const sinceMs = this.#parts.nowMs() - MAX_AGE_MS;
    for (const { atMs, inFlight } of this.#latest.values()) {
      if (atMs < sinceMs) continue;
      for (const [service, count] of Object.entries(inFlight)) of(service).inFlight += count;
    }
    return [...services]
      .filter(([service]) => namespace === undefined || namespaceOfService(service) === namespace)
      .map(([service, rest]) => ({ service, ...rest }))
      .sort((a, b) => (a.service < b.service ? -1 : 1));
  }
}

/** By key, and so in the same order each time: a picture of them keeps what it drew. */
function withNew<T>(known: readonly T[], latest: readonly T[], keyOf: (one: T) => string): T[] {
  const all = new Map([...latest, ...known].map((one) => [keyOf(one), one]));
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

const nodeKey = ({ service, lane }: TrafficNode) => `${service} ${lane}`;
const edgeKey = ({ from, to, lane, toLane }: TrafficEdge) => [from, to, lane, toLane].join(' ');
