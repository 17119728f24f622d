import type { HopReport } from '@fairway/model';
import type { ToldHops } from '../trace/hop-log.ts';

/** Hops of followed requests on their way to the control plane. Each is sent twice at most. */
export interface HopQueue {
  add(told: ToldHops): void;
  /** What is to be sent next. undefined: nothing. */
  next(): Omit<HopReport, 'version' | 'instance'> | undefined;
  /** What {@link HopQueue.next} gave last arrived. */
  answered(): void;
}

/** While nothing is answered, so many messages wait: the latest. */
const MAX_WAITING = 4;
const MAX_TRIES = 2;

interface Waiting extends ToldHops {
  readonly atMs: number;
  tries: number;
}

/** Creates an empty queue. */
export function createHopQueue(nowMs: () => number): HopQueue {
  const waiting: Waiting[] = [];
  let lost = 0;

  function drop(): void {
    const { hops = [], dropped = 0 } = waiting.shift() ?? {};
    lost += hops.length + dropped;
  }

  return {
    add(told) {
      waiting.push({ ...told, atMs: nowMs(), tries: 0 });
      if (waiting.length > MAX_WAITING) drop();
    },
    next() {
      if ((waiting[0]?.tries ?? 0) >= MAX_TRIES) drop();
      const [first] = waiting;
      if (!first) return undefined;
      first.tries++;
      const sinceMs = nowMs() - first.atMs;
      const hops = first.hops.map((hop) => ({ ...hop, agoMs: hop.agoMs + sinceMs }));
      return { hops, dropped: first.dropped + lost };
    },
    answered() {
      waiting.shift();
      lost = 0;
    },
  };
}
