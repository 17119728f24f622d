import type { CallerCount, LedgerReport, Transition } from '@fairway/model';

/** A transition as it is recorded: when it was is known by the queue. */
export type Recorded = Omit<Transition, 'agoMs'>;

/** What is to be told to the control plane of transitions. Told again until it is answered. */
export interface LedgerQueue {
  /** Everything was answered. */
  readonly isEmpty: boolean;
  /** `agoMs`: how long ago it was. */
  record(transition: Recorded, agoMs?: number): void;
  /** What was sent to instances since the time before. */
  count(counts: readonly CallerCount[]): void;
  /** The report that is to be answered next: the same one until it was. undefined: there is nothing to tell. */
  next(): Report | undefined;
  answered(seq: number): void;
}

/** A report without what all messages have. */
export type Report = Omit<LedgerReport, 'version' | 'instance'>;

const MAX_TRANSITIONS = 256;
const MAX_COUNTS = 1024;

/** Creates an empty queue, which keeps 256 transitions and 1,024 counts beside those that are on their way: the latest. */
export function createLedgerQueue(nowMs: () => number): LedgerQueue {
  const transitions: { readonly atMs: number; readonly recorded: Recorded }[] = [];
  const counts: CallerCount[] = [];
  let sent: { seq: number; transitions: typeof transitions; counts: CallerCount[] } | undefined;
  let seq = 0;

  return {
    get isEmpty() {
      return !sent && transitions.length + counts.length === 0;
    },
    record(recorded, agoMs = 0) {
      if (transitions.push({ atMs: nowMs() - agoMs, recorded }) > MAX_TRANSITIONS) transitions.shift();
    },
    count(more) {
      counts.push(...more);
      counts.splice(0, Math.max(0, counts.length - MAX_COUNTS));
    },
    next() {
      if (!sent && transitions.length + counts.length > 0)
        sent = { seq: ++seq, transitions: transitions.splice(0), counts: counts.splice(0) };
      if (!sent) return undefined;
      const nowAt = nowMs();
      const told = sent.transitions.map(({ atMs, recorded }) => ({ ...recorded, agoMs: Math.round(nowAt - atMs) }));
      return { seq: sent.seq, transitions: told, counts: sent.counts };
    },
    answered(answered) {
      if (sent?.seq === answered) sent = undefined;
    },
  };
}
