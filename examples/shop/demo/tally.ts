import { judge, type Verdict } from './judge.ts';
import type { Outcome } from './load.ts';

/** Time during which the canary was being disabled or enabled; `endMs` is Infinity as long as it lasts. */
export interface Switching {
  readonly startMs: number;
  readonly endMs: number;
}

/** Counts over many outcomes. */
export interface Tally {
  requests: number;
  failed: number;
  violations: number;
  /** Left a lane that was disabled while they were under way. */
  rolledBack: number;
  /** Requests without a named environment, and those of them that became gray. */
  plain: number;
  gray: number;
  /** The first few failures and violations, as text. */
  readonly examples: string[];
}

const MAX_EXAMPLES = 10;

export function newTally(): Tally {
  return { requests: 0, failed: 0, violations: 0, rolledBack: 0, plain: 0, gray: 0, examples: [] };
}

/** Adds an outcome. Returns how its trail was judged; null for a failed request. */
export function count(tally: Tally, outcome: Outcome, switchings: readonly Switching[] = []): Verdict | null {
  const { intent, result } = outcome;
  tally.requests += 1;
  if ('error' in result) {
    tally.failed += 1;
    example(tally, `${intent.id} failed: ${result.error.message || result.error.name}`);
    return null;
  }
  const verdict = judge(intent, result.reply.trail, { switching: overlaps(outcome, switchings) });
  if (verdict.violations.length > 0) tally.violations += 1;
  if (verdict.rolledBack) tally.rolledBack += 1;
  if (!intent.env) tally.plain += 1;
  if (verdict.lane === 'gray') tally.gray += 1;
  for (const violation of verdict.violations) example(tally, violation);
  return verdict;
}

function example(tally: Tally, text: string): void {
  if (tally.examples.length < MAX_EXAMPLES) tally.examples.push(text);
}

function overlaps({ startedMs, endedMs }: Outcome, switchings: readonly Switching[]): boolean {
  return switchings.some(({ startMs, endMs }) => startedMs <= endMs && endedMs >= startMs);
}
