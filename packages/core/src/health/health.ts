import type { OutlierPolicy } from '../policy.ts';

/** What an ejection was made for. */
export type EjectionCause = 'consecutive' | 'failure-rate' | 'slow-rate' | 'success-rate' | 'probe';

/** `out`: takes no calls. `probing`: its time is over, it takes one call at a time. */
export type Standing = 'in' | 'out' | 'probing';

/**
 * How calls to one instance fared, as one caller saw it.
 *
 *     in -- a check fails --> out -- min(base * k, max) later --> probing -- `probes` calls succeed --> in
 *                              ^------------- one fails ---------------/
 *
 * k grows by one with each ejection and falls by one with each whole interval spent `in`.
 */
export class Health {
  standing: Standing = 'in';
  /** When the standing began. Calls begun before tell of another time and do not count. */
  sinceMs = Number.NEGATIVE_INFINITY;
  /** While `out`: when its time is over. */
  untilMs = 0;
  /** Within the current interval. */
  requests = 0;
  failures = 0;
  #slow = 0;
  #consecutive = 0;
  #ejections = 0;
  #probesUnderWay = 0;
  #probedAtMs = 0;
  #probesPassed = 0;

  /** Counts a call that was answered or failed. The check that it made fail, if any. */
  count(policy: OutlierPolicy, isFailure: boolean, latencyMs: number): EjectionCause | undefined {
    const { failureRate, slowRate } = policy;
    this.requests += 1;
    if (isFailure) return this.countFailure(policy);
    this.#consecutive = 0;
    if (slowRate && latencyMs > slowRate.slowerThanMs) {
      this.#slow += 1;
      if (this.#exceeds(slowRate, this.#slow)) return 'slow-rate';
    }
    return failureRate && this.failures > 0 && this.#exceeds(failureRate, this.failures) ? 'failure-rate' : undefined;
  }

  /** Counts the failure of a call that is among the requests. */
  countFailure({ consecutive, failureRate }: OutlierPolicy): EjectionCause | undefined {
    this.failures += 1;
    this.#consecutive += 1;
    if (consecutive > 0 && this.#consecutive >= consecutive) return 'consecutive';
    return failureRate && this.#exceeds(failureRate, this.failures) ? 'failure-rate' : undefined;
  }

  #exceeds({ share, minRequests }: { share: number; minRequests: number }, count: number): boolean {
    return this.requests >= minRequests && count >= share * this.requests;
  }

  /** A new interval begins; `cleanIntervals`: how many whole ones it was `in`. */
  startInterval(cleanIntervals: number): void {
    this.requests = 0;
    this.failures = 0;
    this.#slow = 0;
    this.#ejections = Math.max(0, this.#ejections - cleanIntervals);
  }

  eject({ baseEjectionMs, maxEjectionMs }: OutlierPolicy, nowMs: number): void {
    this.#ejections += 1;
    this.untilMs = nowMs + Math.min(baseEjectionMs * this.#ejections, maxEjectionMs);
    this.#stand('out', nowMs);
  }

  startProbing(nowMs: number): void {
    this.#stand('probing', nowMs);
  }

  return(nowMs: number): void {
    this.#stand('in', nowMs);
  }

  #stand(standing: Standing, nowMs: number): void {
    this.standing = standing;
    this.sinceMs = nowMs;
    this.startInterval(0);
    this.#consecutive = 0;
    this.#probesUnderWay = 0;
    this.#probesPassed = 0;
  }

  /** Whether a probe may go out: none is under way, or the last was not answered for as long as a first ejection. */
  isProbeDue({ baseEjectionMs }: OutlierPolicy, nowMs: number): boolean {
    return this.#probesUnderWay === 0 || nowMs - this.#probedAtMs >= baseEjectionMs;
  }

  beginProbe(nowMs: number): void {
    this.#probesUnderWay += 1;
    this.#probedAtMs = nowMs;
  }

  endProbe(): void {
    this.#probesUnderWay = Math.max(0, this.#probesUnderWay - 1);
  }

  /** Counts a probe that succeeded; whether enough have. */
  passProbe({ probes }: OutlierPolicy): boolean {
    this.#probesPassed += 1;
    return this.#probesPassed >= probes;
  }
}
