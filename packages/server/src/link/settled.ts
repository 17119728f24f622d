import type { AgentStream } from './agent-stream.ts';
import type { Broadcaster } from './broadcaster.ts';

/** What is waited for. */
export interface Awaited {
  /** Whether a stream has what is awaited. */
  has(stream: AgentStream): boolean;
  /** A stream ended, so it is not waited for any more. */
  ended?(stream: AgentStream): void;
}

/** Waits until every stream of `pending` has what is awaited or ended, each of which leaves the set; or `signal` is aborted. */
export function settled(
  { progress }: Broadcaster,
  pending: Set<AgentStream>,
  awaited: Awaited,
  signal: AbortSignal,
): Promise<void> {
  if (pending.size === 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const listener = (stream: AgentStream, ended: boolean) => {
      if (ended) awaited.ended?.(stream);
      if (ended || awaited.has(stream)) pending.delete(stream);
      if (pending.size === 0) finish();
    };
    const finish = () => {
      progress.delete(listener);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    progress.add(listener);
    signal.addEventListener('abort', finish);
  });
}
