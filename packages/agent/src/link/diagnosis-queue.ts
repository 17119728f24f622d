import type { Diagnosis } from '../diagnose/diagnose.ts';

/** What was found, on its way to the control plane. */
export interface DiagnosisQueue {
  add(diagnosis: Diagnosis): void;
  /** What is to be sent next; sent twice at most. undefined: nothing. */
  next(): Diagnosis | undefined;
  answered(id: string): void;
}

const MAX_TRIES = 2;
/** Refusals are many where many ask at one time. */
const MAX_WAITING = 8;

/** Creates an empty queue. */
export function createDiagnosisQueue(): DiagnosisQueue {
  const waiting: { readonly diagnosis: Diagnosis; tries: number }[] = [];
  return {
    add(diagnosis) {
      if (waiting.length < MAX_WAITING) waiting.push({ diagnosis, tries: 0 });
    },
    next() {
      while ((waiting[0]?.tries ?? 0) >= MAX_TRIES) waiting.shift();
      const [first] = waiting;
      if (first) first.tries++;
      return first?.diagnosis;
    },
    answered(id) {
      if (waiting[0]?.diagnosis.id === id) waiting.shift();
    },
  };
}
