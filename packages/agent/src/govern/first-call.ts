import { setTimeout } from 'node:timers';

/** Holds the first calls to an address until it is known what the address means. */
export interface FirstCalls {
  /** Whether the call is held; then `resume` is called once: at the answer, or when the time is up. */
  hold(address: string, resume: () => void): boolean;
  /** An address was answered. */
  answered(address: string): void;
  /** Nothing will be answered for now: those that wait go on. */
  releaseAll(): void;
  /** Addresses that were asked for and not answered yet. */
  readonly asked: Iterable<string>;
}

/** Where an address is asked for. */
export interface Asking {
  /** Whether an answer may be expected. */
  readonly isAnswering: boolean;
  ask(address: string): void;
  /** An answer did not come in time. */
  late(): void;
}

/** Calls held at the same time; one more is let through as dialled. */
export const MAX_HELD = 64;
/** Addresses asked for and not answered, that are remembered so as not to ask again. */
const MAX_ASKED = 2048;

/** Creates the waiting room. A call is held at most `waitMs`. */
export function createFirstCalls(asking: Asking, waitMs: number): FirstCalls {
  const asked = new Set<string>();
  const waiting = new Map<string, Set<() => void>>();
  let held = 0;

  function ask(address: string): void {
    if (asked.has(address) || asked.size >= MAX_ASKED) return;
    asked.add(address);
    asking.ask(address);
  }

  function release(address: string): void {
    const calls = waiting.get(address);
    waiting.delete(address);
    for (const resume of calls ?? []) resume();
  }

  return {
    asked,
    hold(address, resume) {
      ask(address);
      if (!asking.isAnswering || held >= MAX_HELD || waitMs === 0) return false;
      const calls = waiting.get(address) ?? new Set();
      waiting.set(address, calls);
      held++;
      const done = () => {
        clearTimeout(timer);
        calls.delete(done);
        held--;
        resume();
      };
      // Not unref'ed: the call that waits is the application's own, and may be all that keeps it alive.
      const timer = setTimeout(() => {
        asking.late();
        done();
      }, waitMs);
      calls.add(done);
      return true;
    },
    answered(address) {
      asked.delete(address);
      release(address);
    },
    releaseAll() {
      for (const address of [...waiting.keys()]) release(address);
    },
  };
}
