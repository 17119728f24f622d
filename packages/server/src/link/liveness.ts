import type { AgentStream } from './agent-stream.ts';

/** How the other end of a stream is known to be there. */
export interface LivenessOptions {
  /** An agent that had nothing to acknowledge for so long is sent an update without content. */
  readonly probeMs: number;
  /** An agent that acknowledges nothing for so long is taken for dead. */
  readonly ackTimeoutMs: number;
}

/**
 * What to do about a stream now. A host that lost its power or its network closes no socket, and the operating system
 * tries for a quarter of an hour to reach it; but agents acknowledge every update, so one that does not is not there.
 * Agents that never acknowledged anything are not judged.
 */
export function judge(stream: AgentStream, nowMs: number, options: LivenessOptions): 'fine' | 'probe' | 'dead' {
  if (stream.acknowledged === 0 || stream.isBlocked) return 'fine';
  const { awaitedSinceMs } = stream;
  if (awaitedSinceMs !== null) return nowMs - awaitedSinceMs > options.ackTimeoutMs ? 'dead' : 'fine';
  return nowMs - stream.heardMs > options.probeMs ? 'probe' : 'fine';
}
