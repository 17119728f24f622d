import type { TrafficReport } from '@fairway/model';
import type { Measured } from '../measure/measure.ts';

/** Reports of traffic on their way to the control plane. Each is sent twice at most; what is lost is told. */
export interface TrafficQueue {
  add(measured: Measured): void;
  /** Whether all was answered, or given up. */
  readonly isEmpty: boolean;
  /** What is to be sent next. undefined: nothing. */
  next(): Omit<TrafficReport, 'version' | 'instance'> | undefined;
  answered(seq: number): void;
}

/** While nothing is answered, so many wait: the latest. */
const MAX_WAITING = 4;
const MAX_TRIES = 2;

interface Waiting {
  readonly seq: number;
  readonly atMs: number;
  readonly measured: Measured;
  tries: number;
}

/** Creates an empty queue. `firstSeq`: greater than any of a process that was this instance before. */
export function createTrafficQueue(firstSeq: number, nowMs: () => number): TrafficQueue {
  const waiting: Waiting[] = [];
  let seq = firstSeq;
  let lostReports = 0;

  function drop(): void {
    waiting.shift();
    lostReports++;
  }

  return {
    get isEmpty() {
      return waiting.length === 0;
    },
    add(measured) {
      waiting.push({ seq: seq++, atMs: nowMs(), measured, tries: 0 });
      if (waiting.length > MAX_WAITING) drop();
    },
    next() {
      const isGivenUp = (waiting[0]?.tries ?? 0) >= MAX_TRIES;
      if (isGivenUp) drop();
      const [first] = waiting;
      if (!first) return undefined;
      first.tries++;
      return { seq: first.seq, agoMs: Math.round(nowMs() - first.atMs), lostReports, ...first.measured };
    },
    answered(answered) {
      if (waiting[0]?.seq === answered) waiting.shift();
    },
  };
}
