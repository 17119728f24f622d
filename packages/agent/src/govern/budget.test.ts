import { describe, expect, it } from 'vitest';
import { Budget } from './budget.ts';

/** Runs decisions of which the n-th takes `usOf(n)`; tells which of them were timed, and after which it was over budget. */
function run(budget: Budget, decisions: number, usOf: (n: number) => number) {
  const timed: number[] = [];
  const over: number[] = [];
  for (let n = 1; n <= decisions; n++) {
    if (!budget.isDue()) continue;
    timed.push(n);
    if (budget.spent(usOf(n))) over.push(n);
  }
  return { timed, over };
}

describe('a budget', () => {
  it('times one decision in 256 while they are fast', () => {
    const { timed, over } = run(new Budget(10), 100_000, () => 5);
    expect([timed.length, timed[0], timed[1], over]).toEqual([390, 256, 512, []]);
  });

  it('is over after 16 of them once they are slow from the start', () => {
    expect(run(new Budget(10), 500, () => 11).over).toEqual([256 + 15 * 16]);
  });

  it('is over within two windows once they become slow', () => {
    const { over } = run(new Budget(10), 20_000, (n) => (n > 5000 ? 100 : 1));
    expect(over[0]).toBeGreaterThan(5000);
    expect(over[0]).toBeLessThan(5000 + 2 * 16 * 256);
  });

  it('forgives interruptions, however many and long, of fewer than half of them', () => {
    expect(run(new Budget(10), 100_000, (n) => (n % 768 === 0 ? 1e6 : 4)).over).toEqual([]);
  });

  it('without a limit is never over', () => {
    expect(run(new Budget(Number.POSITIVE_INFINITY), 10_000, () => 1e9).over).toEqual([]);
  });
});
