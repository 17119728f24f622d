import type { OutlierPolicy } from '../policy.ts';
import type { EjectionCause, Health } from './health.ts';

/** Whose health is watched. */
export interface Member {
  readonly health: Health;
  /** Whether others of the set through which it was called last would be left. */
  hasOthers(): boolean;
}

/** Why an instance is back: its probes passed, too many were out after others had left, or the policy says no more. */
export type ReturnCause = 'probes' | 'limit' | 'policy';

/** What became of a member. `probing` is none: it is told apart by its standing. */
export type HealthChange<M> = (member: M, cause: EjectionCause | ReturnCause | undefined, nowMs: number) => void;

/** How many of a number of instances may be out at a time: never the last. `5, 0.5 -> 2`, `1, 1 -> 0`. */
export function maxOut(count: number, share: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor(count * share)));
}

/**
 * Outlier removal for one service, as one caller process does it. Rates are compared and limits hold inside groups (the
 * instances of a lane), those that probe counting as out.
 */
export class Outliers<M extends Member> {
  readonly #onChange: HealthChange<M>;
  #policy: OutlierPolicy;
  #groups: readonly (readonly M[])[] = [];
  #groupOf = new Map<M, readonly M[]>();
  #intervalFromMs: number;

  constructor(policy: OutlierPolicy, nowMs: number, onChange: HealthChange<M>) {
    this.#policy = policy;
    this.#intervalFromMs = nowMs;
    this.#onChange = onChange;
  }

  /** Takes another policy and other groups. What is out beyond the limit then comes back. */
  regroup(policy: OutlierPolicy, groups: readonly (readonly M[])[], nowMs: number): void {
    this.#policy = policy;
    this.#groups = groups;
    this.#groupOf = new Map(groups.flatMap((group) => group.map((member) => [member, group] as const)));
    for (const group of groups) this.#releaseExcess(group, nowMs);
  }

  #releaseExcess(group: readonly M[], nowMs: number): void {
    const out = outOf(group);
    const { enabled, maxEjected } = this.#policy;
    const excess = out.length - (enabled ? maxOut(group.length, maxEjected) : 0);
    if (excess <= 0) return;
    out.sort((a, b) => a.health.untilMs - b.health.untilMs);
    for (const member of out.slice(0, excess)) this.#return(member, enabled ? 'limit' : 'policy', nowMs);
  }

  /** When {@link advance} has something to do next. */
  get dueMs(): number {
    let due = this.#intervalFromMs + this.#policy.intervalMs;
    for (const { health } of this.#groupOf.keys()) {
      if (health.standing === 'out' && health.untilMs < due) due = health.untilMs;
    }
    return due;
  }

  /** Ends ejections whose time is over, and the interval. */
  advance(nowMs: number): void {
    for (const member of this.#groupOf.keys()) {
      const { health } = member;
      if (health.standing !== 'out' || health.untilMs > nowMs) continue;
      health.startProbing(nowMs);
      this.#onChange(member, undefined, nowMs);
    }
    const { intervalMs } = this.#policy;
    const intervals = Math.floor((nowMs - this.#intervalFromMs) / intervalMs);
    if (intervals > 0) this.#endInterval(intervals, nowMs);
  }

  #endInterval(intervals: number, nowMs: number): void {
    if (this.#policy.enabled) for (const group of this.#groups) this.#compareRates(group, nowMs);
    const { intervalMs } = this.#policy;
    const endMs = this.#intervalFromMs + intervals * intervalMs;
    for (const { health } of this.#groupOf.keys()) {
      const sinceMs = Math.max(health.sinceMs, this.#intervalFromMs);
      health.startInterval(health.standing === 'in' ? Math.floor((endMs - sinceMs) / intervalMs) : 0);
    }
    this.#intervalFromMs = endMs;
  }

  /** Success rates that are below the mean of the others by `factor` standard deviations and by `floor`. */
  #compareRates(group: readonly M[], nowMs: number): void {
    const policy = this.#policy.successRate;
    if (!policy) return;
    const { factor, floor, minInstances, minRequests } = policy;
    const judged = group
      .filter(({ health }) => health.standing === 'in' && health.requests >= minRequests)
      .map((member) => ({ member, rate: 1 - member.health.failures / member.health.requests }))
      .sort((a, b) => a.rate - b.rate);
    if (judged.length < minInstances) return;
    const sum = judged.reduce((total, { rate }) => total + rate, 0);
    const mean = sum / judged.length;
    const deviation = Math.sqrt(judged.reduce((total, { rate }) => total + (rate - mean) ** 2, 0) / judged.length);
    for (const { member, rate } of judged) {
      const below = (sum - rate) / (judged.length - 1) - rate;
      if (below >= floor && below > factor * deviation) this.#eject(member, 'success-rate', nowMs);
    }
  }

  /** How a call ended that began at `begunMs`. `isFurther`: it was told of as answered before and failed after all. */
  observe(member: M, isFailure: boolean, latencyMs: number, begunMs: number, nowMs: number, isFurther = false): void {
    const { health } = member;
    const policy = this.#policy;
    if (!policy.enabled || begunMs < health.sinceMs || health.standing === 'out') return;
    if (health.standing === 'probing') {
      this.#judgeProbe(member, isFailure, nowMs);
      return;
    }
    const cause = isFurther ? health.countFailure(policy) : health.count(policy, isFailure, latencyMs);
    if (cause) this.#eject(member, cause, nowMs);
  }

  #judgeProbe(member: M, isFailure: boolean, nowMs: number): void {
    if (isFailure) this.#eject(member, 'probe', nowMs);
    else if (member.health.passProbe(this.#policy)) this.#return(member, 'probes', nowMs);
  }

  #eject(member: M, cause: EjectionCause, nowMs: number): void {
    if (cause !== 'probe' && !this.#mayEject(member)) return;
    member.health.eject(this.#policy, nowMs);
    this.#onChange(member, cause, nowMs);
  }

  #mayEject(member: M): boolean {
    const group = this.#groupOf.get(member);
    if (!group) return false;
    return outOf(group).length < maxOut(group.length, this.#policy.maxEjected) && member.hasOthers();
  }

  #return(member: M, cause: ReturnCause, nowMs: number): void {
    member.health.return(nowMs);
    this.#onChange(member, cause, nowMs);
  }
}

function outOf<M extends Member>(group: readonly M[]): M[] {
  return group.filter(({ health }) => health.standing !== 'in');
}
