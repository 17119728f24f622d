import type { CallPhase, Instance } from '@fairway/model';
import { PeakEwma } from '../balance/peak-ewma.ts';
import { Health } from '../health/health.ts';
import { warmupShare } from '../health/warmup.ts';
import type { ServicePolicy } from '../policy.ts';
import type { Pool } from '../pool.ts';

const DEFAULT_WEIGHT = 100;

/** How long an instance that told its callers of its end is taken to leave, while the directory does not say so. */
const LEAVING_MS = 60_000;

/** What one caller knows of an instance that it calls, besides what the directory says. */
export class Peer {
  instance: Instance;
  readonly health = new Health();
  readonly latency = new PeakEwma();
  /** Calls under way. */
  inFlight = 0;
  /** Until when it is taken to leave. */
  leavingUntilMs = 0;
  /** The set through which it was called last. */
  pool: Pool | undefined;
  /** When traffic could first reach it, by the caller's own clock; undefined: longer ago than any warm-up. */
  #readyAtMs: number | undefined;

  constructor(instance: Instance, nowMs: number) {
    this.instance = instance;
    this.#readyAtMs = readyAt(instance, nowMs);
  }

  /** Takes what the directory says now. Told again of the same start, an instance only grows older. */
  update(instance: Instance, nowMs: number): void {
    const wasReady = this.instance.state === 'ready';
    this.instance = instance;
    const readyAtMs = readyAt(instance, nowMs);
    if (!wasReady) this.#readyAtMs = readyAtMs;
    else if (this.#readyAtMs !== undefined) {
      this.#readyAtMs = readyAtMs === undefined ? undefined : Math.min(readyAtMs, this.#readyAtMs);
    }
    if (instance.state !== 'ready') this.leavingUntilMs = 0;
  }

  /** It told of its end itself. */
  leave(nowMs: number): void {
    this.leavingUntilMs = nowMs + LEAVING_MS;
  }

  isWarming(policy: ServicePolicy, nowMs: number): boolean {
    return this.#readyAtMs !== undefined && nowMs - this.#readyAtMs < policy.warmup.durationMs;
  }

  /** Its own weight by how warm it is. */
  weightAt({ warmup }: ServicePolicy, nowMs: number): number {
    const { weight = DEFAULT_WEIGHT } = this.instance;
    return this.#readyAtMs === undefined ? weight : weight * warmupShare(warmup, nowMs - this.#readyAtMs);
  }

  phase(policy: ServicePolicy, nowMs: number): CallPhase {
    const { state, suspect } = this.instance;
    if (state === 'gone') return 'gone';
    if (state === 'draining' || this.leavingUntilMs > nowMs) return 'draining';
    if (this.instance.ejected || this.health.standing !== 'in') return 'ejected';
    if (suspect) return 'suspect';
    return this.isWarming(policy, nowMs) ? 'warming' : 'ready';
  }

  hasOthers(): boolean {
    return !this.pool || this.pool.healthy.some(({ id }) => id !== this.instance.id);
  }
}

function readyAt({ readyForMs }: Instance, nowMs: number): number | undefined {
  return readyForMs === undefined ? undefined : nowMs - readyForMs;
}
