import type { Intent } from './intent.ts';
import { type Entries, type Reply, send } from './send.ts';

/** What became of one request. */
export interface Outcome {
  readonly intent: Intent;
  /** On the clock of `performance.now()`. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly result: { readonly reply: Reply } | { readonly error: Error };
}

export interface Load {
  readonly entries: Entries;
  /** Requests in flight at any time. */
  readonly concurrency: number;
  /** The n-th request, from 0; null: enough. */
  next(n: number): Intent | null;
  /** Called when a request has ended, in the order in which they end. */
  done(outcome: Outcome): void;
}

/** Sends requests until `next` has no more, and resolves when all have ended. Failed requests are outcomes, not errors. */
export async function runLoad(load: Load): Promise<void> {
  let sent = 0;
  const sender = async () => {
    for (;;) {
      const intent = load.next(sent);
      if (!intent) return;
      sent += 1;
      load.done(await outcomeOf(load.entries, intent));
    }
  };
  await Promise.all(Array.from({ length: load.concurrency }, sender));
}

/** Sends one request and tells what became of it. Never rejects. */
export async function outcomeOf(entries: Entries, intent: Intent): Promise<Outcome> {
  const startedMs = performance.now();
  try {
    const reply = await send(entries, intent);
    return { intent, startedMs, endedMs: performance.now(), result: { reply } };
  } catch (error) {
    return { intent, startedMs, endedMs: performance.now(), result: { error: error as Error } };
  }
}
