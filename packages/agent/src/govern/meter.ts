import { nowMs } from '../clock.ts';
import { Budget } from './budget.ts';
import type { Verdict } from './outbound.ts';
import { PASS_REASONS, type PassReason } from './pass.ts';

/** What one point of interception did, in plain numbers, and how long its decisions take. */
export class Meter {
  /** Calls sent to an instance or given labels; inbound requests whose lane was decided; calls that kept their context in a queue. */
  governed = 0;
  /** Calls that no instance may take. */
  refused = 0;
  readonly passed: Record<PassReason, number>;
  readonly #budget: Budget;
  readonly #onOver: () => void;

  /** `onOver`: told when most decisions take longer than `limitUs`. */
  constructor(limitUs = Number.POSITIVE_INFINITY, onOver: () => void = () => undefined) {
    this.passed = Object.fromEntries(PASS_REASONS.map((reason) => [reason, 0])) as Record<PassReason, number>;
    this.#budget = new Budget(limitUs);
    this.#onOver = onOver;
  }

  /** Whether the next decision is to be made through {@link Meter.time}. */
  isDue(): boolean {
    return this.#budget.isDue();
  }

  time<T>(decide: () => T): T {
    const startMs = nowMs();
    try {
      return decide();
    } finally {
      if (this.#budget.spent((nowMs() - startMs) * 1000)) this.#onOver();
    }
  }

  /** Counts a verdict that stands, and returns it. */
  count<V extends Verdict>(verdict: V): V {
    if (verdict.kind === 'leave') this.passed[verdict.reason]++;
    else if (verdict.kind === 'refuse') this.refused++;
    else if (verdict.kind !== 'unknown') this.governed++;
    return verdict;
  }
}
