const DECAY_MS = 10_000;

/**
 * Peak EWMA of latency: a sample above the estimate replaces it at once, one below pulls it down by
 * `1 - exp(-elapsed / 10 s)` (the estimator of Finagle and Linkerd). An estimate that is older than the decay counts for
 * nothing, so that an instance that was slow once is tried again.
 */
export class PeakEwma {
  #estimateMs = 0;
  #atMs = Number.NEGATIVE_INFINITY;

  observe(latencyMs: number, nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    const kept = elapsedMs >= DECAY_MS ? 0 : Math.exp(-elapsedMs / DECAY_MS);
    const pulled = this.#estimateMs * kept + latencyMs * (1 - kept);
    this.#estimateMs = Math.max(latencyMs, pulled);
    this.#atMs = nowMs;
  }

  /** In milliseconds; 0: unknown. */
  at(nowMs: number): number {
    return nowMs - this.#atMs >= DECAY_MS ? 0 : this.#estimateMs;
  }
}
