import type { Dice } from '@fairway/core';

/** Waiting times between attempts. */
export interface Backoff {
  /** How long to wait before the next attempt, in ms. */
  nextMs(): number;
  /** An attempt succeeded: the next failure waits shortest again. */
  reset(): void;
}

const FIRST_MS = 100;
const MAX_MS = 5_000;

/** Doubles from 0.1 s to 5 s; each wait is drawn from the upper half of that, so that a fleet does not return as one. */
export function createBackoff(dice: Dice): Backoff {
  let failures = 0;
  return {
    nextMs() {
      const ceilingMs = Math.min(MAX_MS, FIRST_MS * 2 ** failures);
      failures = Math.min(failures + 1, 16);
      return ceilingMs * (0.5 + dice() / 2);
    },
    reset() {
      failures = 0;
    },
  };
}
