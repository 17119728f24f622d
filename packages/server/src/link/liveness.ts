import type { AgentStream } from './agent-stream.ts';

/** How the other end of a stream is known to be there. */
export interface LivenessOptions {
  /**
   * An agent that had nothing to acknowledge for so long is sent an update without content; some for up to twice as long,
   * so that agents who were told of the same are not all asked at one moment.
   */
  readonly probeMs: number;
  /** An agent that acknowledges nothing for so long is taken for dead. */
  readonly ackTimeoutMs: number;
}

const GOLDEN_RATIO = 0.618_033_988_75;

/**
 * What to do about a stream now. A host that lost its power or its network closes no socket, and the operating system
 * tries for a quarter of an hour to reach it; but agents acknowledge every update, so one that does not is not there.
 * Agents that never acknowledged anything are not judged.
 */
export function judge(stream: AgentStream, nowMs: number, options: LivenessOptions): 'fine' | 'probe' | 'dead' {
  if (stream.acknowledged === 0 || stream.isBlocked) return 'fine';
  const { awaitedSinceMs } = stream;
  if (awaitedSinceMs !== null) return nowMs - awaitedSinceMs > options.ackTimeoutMs ? 'dead' : 'fine';
  return nowMs - stream.heardMs > options.probeMs * (1 + spread(stream.number)) ? 'probe' : 'fine';
}

/** From 0 to 1, for streams that were opened one after the other far apart. */
function spread(number: number): number {
  return (number * GOLDEN_RATIO) % 1;
}
