import type { Client, Propagation } from '@fairway/client';
import { TERMINAL } from './terminal.ts';

const MAX_WAIT_MS = 30_000;

/** How far a revision came while a command waited for it. */
export interface Waited {
  readonly propagation: Propagation;
  /** Since the change was begun. */
  readonly ms: number;
}

/**
 * Waits until all agents that are connected acknowledged a revision, at most 30 s; where some did not, says so and sets
 * exit status 1. `sinceMs`: when the change was begun, by `performance.now`.
 */
export async function acknowledgement(
  client: Client,
  revision: number,
  sinceMs: number,
  namespace?: string,
): Promise<Waited> {
  const propagation = await client.propagation(revision, { namespace, timeoutMs: MAX_WAIT_MS });
  if (propagation.pending.length > 0) {
    TERMINAL.say(`fairway: not all agents acknowledged within ${MAX_WAIT_MS} ms; they will when they are reached`);
    process.exitCode = 1;
  }
  return { propagation, ms: performance.now() - sinceMs };
}

/** What came of the waiting, in a line. */
export function waitedText({ propagation: { agents, acknowledged, pending }, ms }: Waited): string {
  if (agents === 0) return 'no agents are connected';
  const done = `${acknowledged} of ${agents} agents acknowledged in ${Math.round(ms)} ms`;
  return pending.length === 0 ? done : `${done}; waiting for ${pending.slice(0, 10).join(', ')}`;
}
