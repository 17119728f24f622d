import type { TimeoutPolicy } from './policy.ts';

/** What is left for a request, in whole milliseconds. */
export const DEADLINE_HEADER = 'x-fairway-timeout-ms';

const LONGEST_MS = 24 * 3_600_000;

/** When an inbound request must be answered, by the clock of `nowMs`; undefined: it does not say, or not in form. */
export function deadlineOf(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined || !/^[0-9]{1,8}$/.test(header)) return undefined;
  return nowMs + Math.min(Number(header), LONGEST_MS);
}

/**
 * How long a call may take: what the policy gives it, and what is left of the deadline of the request that it is made
 * for. 0: it is over. undefined: no limit.
 */
export function timeLeftMs(
  { requestMs, passesDeadline }: TimeoutPolicy,
  deadlineAtMs: number | undefined,
  nowMs: number,
): number | undefined {
  const leftMs = deadlineAtMs === undefined || !passesDeadline ? undefined : Math.max(0, deadlineAtMs - nowMs);
  if (leftMs === undefined || requestMs === undefined) return leftMs ?? requestMs;
  return Math.min(leftMs, requestMs);
}

/** The header for a call that has so much time; undefined: none is sent. */
export function deadlineHeader({ passesDeadline }: TimeoutPolicy, leftMs: number | undefined): string | undefined {
  return leftMs === undefined || !passesDeadline ? undefined : String(Math.floor(leftMs));
}
