import type { Instance, Outcome } from '@fairway/model';

/** Learns what becomes of one call that goes to instances. */
export interface CallWatch {
  /** The attempt failed, and the next goes to an instance. */
  again(why: Outcome, next: Instance, atMs: number): void;
  /** `status` 0: none came. `atMs`: when the head of the answer was there, or it failed. */
  over(outcome: Outcome, status: number, atMs: number): void;
}
