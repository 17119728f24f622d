import {
  type EdgeCount,
  ERROR_OUTCOMES,
  type InboundCount,
  Latencies,
  type Outcome,
  type Outcomes,
  type TrafficStats,
} from '@fairway/model';

/** Counts of the same kind of traffic, from any number of reports. */
export class Tally {
  readonly outcomes: Outcomes = {};
  /** Without a prototype: reasons come from outside. */
  readonly reasons: Record<string, number> = Object.create(null);
  readonly latencies = new Latencies();
  requests = 0;
  errors = 0;
  retried = 0;
  sumMs = 0;
  sentBytes = 0;
  receivedBytes = 0;
  /** Of all that was too much to be told apart. */
  readonly isOther: boolean;

  constructor(isOther = false) {
    this.isOther = isOther;
  }

  /** Takes in what one report says. How many requests that is. */
  add({ outcomes, latency }: Pick<InboundCount, 'outcomes' | 'latency'>): number {
    const before = this.requests;
    this.#addOutcomes(outcomes);
    this.sumMs += latency.sumMs;
    this.latencies.addPairs(latency.buckets);
    return this.requests - before;
  }

  /** The same, with what is counted of calls alone. */
  addEdge(edge: EdgeCount): number {
    const requests = this.add(edge);
    this.retried += edge.retried;
    this.sentBytes += edge.sentBytes ?? 0;
    this.receivedBytes += edge.receivedBytes ?? 0;
    if (requests > 0) this.#addReason(edge.reason, requests);
    return requests;
  }

  merge(other: Tally): void {
    this.#addOutcomes(other.outcomes);
    this.sumMs += other.sumMs;
    this.retried += other.retried;
    this.sentBytes += other.sentBytes;
    this.receivedBytes += other.receivedBytes;
    this.latencies.merge(other.latencies);
    for (const reason of Object.keys(other.reasons)) this.#addReason(reason, other.reasons[reason] as number);
  }

  #addOutcomes(outcomes: Outcomes): void {
    for (const outcome of Object.keys(outcomes) as Outcome[]) {
      const count = outcomes[outcome] as number;
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + count;
      this.requests += count;
      if (ERROR_OUTCOMES.has(outcome)) this.errors += count;
    }
  }

  #addReason(reason: string, count: number): void {
    const isRoom = reason in this.reasons || Object.keys(this.reasons).length < MAX_REASONS - 1;
    const name = isRoom ? reason : 'other';
    this.reasons[name] = (this.reasons[name] ?? 0) + count;
  }
}

/** Reasons that are told apart; the rest are `other`. */
const MAX_REASONS = 16;
const MS_A_SECOND = 1000;

/** What a tally says of calls alone. */
export function callStatsOf({ retried, sentBytes, receivedBytes }: Tally) {
  return { retried, sentBytes, receivedBytes };
}

/** What a tally of some time says. */
export function statsOf({ requests, errors, outcomes, latencies, sumMs }: Tally, windowMs: number): TrafficStats {
  return {
    requests,
    rate: round((requests * MS_A_SECOND) / windowMs),
    errors,
    errorShare: requests === 0 ? 0 : errors / requests,
    outcomes: { ...outcomes },
    p50Ms: quantile(latencies, 0.5),
    p90Ms: quantile(latencies, 0.9),
    p99Ms: quantile(latencies, 0.99),
    meanMs: latencies.total === 0 ? null : round(sumMs / latencies.total),
  };
}

function quantile(latencies: Latencies, share: number): number | null {
  const ms = latencies.quantileMs(share);
  return ms === undefined ? null : round(ms);
}

/** To what is worth reading. */
function round(value: number): number {
  return Math.round(value * MS_A_SECOND) / MS_A_SECOND;
}
