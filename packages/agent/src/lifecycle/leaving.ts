import type { OfflinePolicy } from '@fairway/core';
import type { Load } from './traffic.ts';

/** How far an instance is that leaves. Times in milliseconds. */
export interface Leaving {
  /** Since the notice. */
  readonly sinceMs: number;
  /** Since the last request began, as far as the process was there to hear of one. */
  readonly quietMs: number;
  readonly load: Load;
  /** Callers with an agent, and those of them that know; undefined: the control plane does not say. */
  readonly callers: { readonly all: number; readonly know: number } | undefined;
}

/** Callers that nobody can ask are given so long to learn of it. */
export const NOTICE_MS = 2000;
/** Of the longest wait, what is kept for requests that are under way at its end. */
const LAST_MS = 1000;

/** The most that counts between two looks. */
const LOOK_MS = 100;

/**
 * How long a process has listened by now, `sinceLookMs` after it looked before. One that was busy or stopped meanwhile has not heard what
 * waits in its sockets: that time is none in which it was quiet.
 */
export function listenedMs(beforeMs: number, sinceLookMs: number): number {
  return beforeMs + Math.min(sinceLookMs, LOOK_MS);
}

/** Whether callers know by now: all that have an agent said so, or the others had their time. */
export function isKnown({ sinceMs, callers }: Leaving): boolean {
  if (callers && callers.all > 0) return callers.know >= callers.all;
  return sinceMs >= NOTICE_MS;
}

/** Whether nothing is under way that is worth the wait: streams are, for `streamsMs` from the notice. */
export function isIdle({ sinceMs, load }: Leaving, { streamsMs }: OfflinePolicy): boolean {
  return load.requests === 0 && (load.streams === 0 || sinceMs >= streamsMs);
}

/** Whether an instance that leaves may stop listening. */
export function mayClose(leaving: Leaving, policy: OfflinePolicy): boolean {
  const lastMs = Math.min(LAST_MS, policy.maxWaitMs / 4);
  if (leaving.sinceMs >= policy.maxWaitMs - lastMs) return true;
  return isKnown(leaving) && isIdle(leaving, policy) && leaving.quietMs >= policy.quietMs;
}
