/**
 * Latencies as counts in buckets whose bounds grow by one factor, so that any quantile is told within 1 % of its value and
 * counts of many processes merge by addition. Bucket i holds what is in (g^(i-1), g^i] microseconds, g = (1 + a) / (1 - a),
 * a = 0.01: the mapping of DDSketch (Masson, Rim, Lee, 2019). Unlike there, the buckets are bounded: 0 holds all up to 1 us,
 * the last all above 59 minutes, where the error is no longer held.
 */
const RELATIVE_ERROR = 0.01;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const BUCKETS_A_LOG = 1 / Math.log(GAMMA);
const US_A_MS = 1000;
const SLACK = 16;
/** A bucket counts no further. */
const MAX_COUNT = 0xffff_ffff;
const EMPTY = new Uint32Array(0);

/** Number of the last bucket. */
export const LAST_BUCKET = 1100;

/** The bucket of a latency. */
export function latencyBucket(ms: number): number {
  const bucket = Math.ceil(Math.log(ms * US_A_MS) * BUCKETS_A_LOG);
  return bucket > 0 ? Math.min(bucket, LAST_BUCKET) : 0;
}

/** The latency that stands for a bucket: within 1 % of all that are in it. Milliseconds. */
export function bucketLatencyMs(bucket: number): number {
  return (2 * GAMMA ** bucket) / (GAMMA + 1) / US_A_MS;
}

/** Counts of latencies. Takes memory for the range between the least and the greatest that it saw, and none at first. */
export class Latencies {
  #first = 0;
  #counts = EMPTY;
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** Counts one latency. */
  add(ms: number): void {
    this.addBucket(latencyBucket(ms), 1);
  }

  addBucket(bucket: number, count: number): void {
    let at = bucket - this.#first;
    if (at < 0 || at >= this.#counts.length) at = this.#cover(bucket);
    const before = this.#counts[at] as number;
    const added = Math.min(count, MAX_COUNT - before);
    this.#counts[at] = before + added;
    this.#total += added;
  }

  /** Room for a bucket, and some around it. Where it is then. */
  #cover(bucket: number): number {
    const isNew = this.#counts.length === 0;
    const end = this.#first + this.#counts.length;
    const first = Math.max(0, isNew || bucket < this.#first ? bucket - SLACK : this.#first);
    const last = Math.min(LAST_BUCKET, isNew || bucket >= end ? bucket + SLACK : end - 1);
    const counts = new Uint32Array(last - first + 1);
    counts.set(this.#counts, isNew ? 0 : this.#first - first);
    this.#counts = counts;
    this.#first = first;
    return bucket - first;
  }

  merge(other: Latencies): void {
    for (let at = 0; at < other.#counts.length; at++) {
      const count = other.#counts[at] as number;
      if (count > 0) this.addBucket(other.#first + at, count);
    }
  }

  /** Takes in what {@link Latencies.pairs} gave; buckets that there are not count as the last. */
  addPairs(pairs: readonly number[]): void {
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      this.addBucket(Math.min(pairs[at] as number, LAST_BUCKET), pairs[at + 1] as number);
    }
  }

  /** Bucket and count, by turns, the buckets rising; those that hold nothing are left out. */
  pairs(): number[] {
    const pairs: number[] = [];
    for (let at = 0; at < this.#counts.length; at++) {
      const count = this.#counts[at] as number;
      if (count > 0) pairs.push(this.#first + at, count);
    }
    return pairs;
  }

  /** How many are not above a latency, within 1 % of it. */
  atMost(ms: number): number {
    const last = Math.min(latencyBucket(ms) - this.#first, this.#counts.length - 1);
    let count = 0;
    for (let at = 0; at <= last; at++) count += this.#counts[at] as number;
    return count;
  }

  /** The latency that a share of all is not above, `0 <= share <= 1`, within 1 %. Milliseconds; undefined: there is none. */
  quantileMs(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    let at = -1;
    while (seen < rank) seen += this.#counts[++at] as number;
    return bucketLatencyMs(this.#first + at);
  }
}
