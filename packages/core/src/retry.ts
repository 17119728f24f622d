import type { RetryPolicy } from './policy.ts';

/** Whether one more retry fits: those under way are at most a share of all calls under way, or the floor. */
export function mayRetry({ share, floor }: RetryPolicy['budget'], underWay: number, retrying: number): boolean {
  return retrying + 1 <= Math.max(floor, share * underWay);
}

/** An attempt that failed. `status` undefined: the network failed. */
export interface FailedAttempt {
  readonly method: string;
  readonly status: number | undefined;
  /** 1: the first attempt of the call. */
  readonly attempt: number;
}

/** Whether a policy asks for another attempt of a call whose body is not on its way; the budget is another question. */
export function isRetryable(policy: RetryPolicy, { method, status, attempt }: FailedAttempt): boolean {
  if (attempt > policy.attempts || !policy.methods.has(method)) return false;
  return status === undefined || policy.isRetried(status);
}

/** Time to wait before a retry (1: the first), drawn from 0 up to `min(backoff * 2 ^ (retry - 1), maxBackoff)`. */
export function backoffMs({ backoffMs: base, maxBackoffMs }: RetryPolicy, retry: number, roll: number): number {
  return roll * Math.min(base * 2 ** (retry - 1), maxBackoffMs);
}
