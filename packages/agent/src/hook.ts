import type { Log } from './log.ts';

/** One interception point's guard: what it decides may fail, the application may not. */
export interface Hook {
  readonly name: string;
  readonly errors: number;
  readonly isOn: boolean;
  /** The decision, or undefined where it threw or the hook is off. Never throws. */
  attempt<T>(decide: () => T): T | undefined;
  /** Counts an error that was caught where a call to `attempt` would cost too much. Never throws. */
  fault(error: unknown): void;
}

/** Errors after which a hook turns itself off. */
export const MAX_HOOK_ERRORS = 16;

/** Creates a guard. It counts errors, and after {@link MAX_HOOK_ERRORS} of them it is off for good. */
export function createHook(name: string, log: Log): Hook {
  let errors = 0;
  function fault(error: unknown): void {
    errors++;
    log.error(`hook ${name}: ${error instanceof Error ? (error.stack ?? error.message) : 'failed'}`);
    if (errors === MAX_HOOK_ERRORS) log.error(`hook ${name}: ${errors} errors, it is off now`);
  }
  return {
    name,
    fault,
    get errors() {
      return errors;
    },
    get isOn() {
      return errors < MAX_HOOK_ERRORS;
    },
    attempt(decide) {
      if (errors >= MAX_HOOK_ERRORS) return undefined;
      try {
        return decide();
      } catch (error) {
        fault(error);
        return undefined;
      }
    },
  };
}
