import { ERROR_OUTCOMES, type Hop, type RequestTrace, type TraceSummary } from '@fairway/model';
import { isComplete, type KeptHop, treeOf } from './trace-tree.ts';

/** Who tells of hops. */
export interface HopTeller {
  readonly service: string;
  readonly instance: string;
  /** Empty: base. */
  readonly lane: string;
}

/** Bounds of what is kept. */
export interface TraceBounds {
  readonly maxTraces: number;
  readonly maxHops: number;
  /** Of one trace, and of all, as JSON. */
  readonly maxBytes: number;
  readonly maxAllBytes: number;
  /** Since the trace was begun. */
  readonly keepMs: number;
}

export const TRACE_BOUNDS: TraceBounds = {
  maxTraces: 256,
  maxHops: 512,
  maxBytes: 512 * 1024,
  maxAllBytes: 32 * 1024 * 1024,
  keepMs: 15 * 60_000,
};

interface Kept {
  readonly beganMs: number;
  /** Hops are taken until then. */
  readonly untilMs: number;
  readonly hops: Map<string, KeptHop>;
  bytes: number;
  dropped: number;
}

/** Which requests. */
export interface TraceFilter {
  /** One that it came to, in full. */
  readonly service?: string | undefined;
  /** Of the request; empty: base. */
  readonly lane?: string | undefined;
  readonly minMs?: number | undefined;
  /** Whether something in it failed. */
  readonly isError?: boolean | undefined;
  readonly limit: number;
}

function summaryOf(id: string, hops: readonly KeptHop[]): TraceSummary {
  const first = hops.reduce((a, b) => (b.atMs < a.atMs ? b : a));
  const { service, hop } = first;
  const { method, path, lane } = hop;
  return {
    id,
    ...spanOf(hops),
    service,
    method,
    path,
    lane,
    hops: hops.length,
    services: [...new Set(hops.map((kept) => kept.service))].sort(),
    errors: hops.filter(({ hop: { outcome } }) => ERROR_OUTCOMES.has(outcome)).length,
  };
}

/** From the first beginning to the last end. */
function spanOf(hops: readonly KeptHop[]): { readonly startedAt: string; readonly tookMs: number } {
  const beganMs = Math.min(...hops.map(({ atMs }) => atMs));
  const endedMs = Math.max(...hops.map(({ atMs, hop }) => atMs + hop.tookMs));
  // biome-ignore lint/plugin: writes down a time that was given, and asks for none
  return { startedAt: new Date(beganMs).toISOString(), tookMs: endedMs - beganMs };
}

/** Requests, each with what was told of it. In memory alone, the oldest go first. */
export class TraceBook {
  readonly #bounds: TraceBounds;
  readonly #traces = new Map<string, Kept>();
  #bytes = 0;

  constructor(bounds: TraceBounds = TRACE_BOUNDS) {
    this.#bounds = bounds;
  }

  /** From now until `untilMs` hops of a request are taken. */
  begin(id: string, untilMs: number, nowMs: number): void {
    this.prune(nowMs);
    this.#traces.set(id, { beganMs: nowMs, untilMs, hops: new Map(), bytes: 0, dropped: 0 });
    if (this.#traces.size > this.#bounds.maxTraces) this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const [id, { bytes }] of this.#traces) {
      this.#traces.delete(id);
      this.#bytes -= bytes;
      return;
    }
  }

  /** Whether hops of a request were asked for. */
  has(id: string): boolean {
    return this.#traces.has(id);
  }

  /** Requests whose hops are taken now. */
  open(nowMs: number): number {
    let count = 0;
    for (const { untilMs } of this.#traces.values()) if (untilMs > nowMs) count++;
    return count;
  }

  /**
   * Takes in hops; those of requests that nobody asked for are passed over. `dropped`: how many more the teller could not
   * keep. The ids of the requests that changed.
   */
  add(hops: readonly Hop[], teller: HopTeller, nowMs: number, dropped = 0): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const { trace, agoMs, ...hop } of hops) {
      const kept = this.#traces.get(trace);
      if (!kept || kept.untilMs <= nowMs || kept.hops.has(hop.id)) continue;
      if (!changed.has(trace)) kept.dropped += dropped;
      changed.add(trace);
      this.#keep(kept, {
        hop,
        atMs: nowMs - agoMs,
        service: teller.service,
        instance: teller.instance,
        instanceLane: teller.lane,
      });
    }
    return changed;
  }

  #keep(kept: Kept, hop: KeptHop): void {
    const bytes = JSON.stringify(hop).length;
    if (kept.hops.size >= this.#bounds.maxHops || kept.bytes + bytes > this.#bounds.maxBytes) {
      kept.dropped++;
      return;
    }
    kept.bytes += bytes;
    this.#bytes += bytes;
    kept.hops.set(hop.hop.id, hop);
    while (this.#bytes > this.#bounds.maxAllBytes) this.#forgetOldest();
  }

  /** `tells`: whether an instance has an agent that tells of requests. undefined: there is no such request any more. */
  get(id: string, tells: (instance: string) => boolean): RequestTrace | undefined {
    const kept = this.#traces.get(id);
    if (!kept) return undefined;
    const hops = [...kept.hops.values()];
    const beganMs = Math.min(...hops.map(({ atMs }) => atMs));
    return {
      id,
      ...(hops.length === 0 ? { startedAt: null, tookMs: 0 } : spanOf(hops)),
      hops: hops.length,
      complete: kept.dropped === 0 && isComplete(hops, tells),
      dropped: kept.dropped,
      roots: treeOf(hops, beganMs),
    };
  }

  /** Requests that are as asked for, the latest first. */
  find({ service, lane, minMs = 0, isError, limit }: TraceFilter): TraceSummary[] {
    const found: TraceSummary[] = [];
    for (const [id, { hops }] of [...this.#traces].reverse()) {
      if (found.length >= limit) break;
      const all = [...hops.values()];
      const isMeant = all.some(
        (kept) => (service === undefined || kept.service === service) && (lane === undefined || kept.hop.lane === lane),
      );
      if (!isMeant) continue;
      const summary = summaryOf(id, all);
      if (summary.tookMs >= minMs && (isError === undefined || summary.errors > 0 === isError)) found.push(summary);
    }
    return found;
  }

  /** Forgets what is too old. */
  prune(nowMs: number): void {
    for (const { beganMs } of this.#traces.values()) {
      if (nowMs - beganMs < this.#bounds.keepMs) return;
      this.#forgetOldest();
    }
  }
}
