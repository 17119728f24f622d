/** Addresses that are remembered at most. */
const MAX_ADDRESSES = 10_000;

/**
 * Counts failed sign-ins by address, in fixed windows. Those who present a valid token are never limited: behind one
 * address may be many.
 */
export class FailedAttempts {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #counts = new Map<string, number>();
  #windowStartMs = Number.NEGATIVE_INFINITY;

  /** `limit` failures are answered in each `windowMs`; more are refused. */
  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** For how long to stay away, in milliseconds; 0: one may try. */
  left(address: string, nowMs: number): number {
    if (nowMs - this.#windowStartMs >= this.#windowMs) return 0;
    return (this.#counts.get(address) ?? 0) >= this.#limit ? this.#windowStartMs + this.#windowMs - nowMs : 0;
  }

  /** Counts one more. Returns 0, or when there were too many, for how long to stay away, in milliseconds. */
  add(address: string, nowMs: number): number {
    if (nowMs - this.#windowStartMs >= this.#windowMs) {
      this.#counts.clear();
      this.#windowStartMs = nowMs;
    }
    const count = (this.#counts.get(address) ?? 0) + 1;
    if (this.#counts.size < MAX_ADDRESSES || this.#counts.has(address)) this.#counts.set(address, count);
    return count > this.#limit ? this.#windowStartMs + this.#windowMs - nowMs : 0;
  }
}
