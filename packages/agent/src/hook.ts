import { setTimeout } from 'node:timers';
import { afterCoolDown, afterFault, CIRCUIT, type CircuitOptions, CLOSED, isOn, tripped } from './circuit.ts';
import { nowMs } from './clock.ts';
import type { Log } from './log.ts';

/** `paused`: off until it is tried again. */
export type HookState = 'on' | 'paused' | 'off';

/** One interception point's guard: what it decides may fail, the application may not. */
export interface Hook {
  readonly name: string;
  readonly errors: number;
  /** A plain property: it is read with every call. */
  readonly isOn: boolean;
  readonly state: HookState;
  /** What turned it off the last time; undefined: nothing ever did. */
  readonly why: string | undefined;
  /** The decision, or undefined where it threw or the hook is off. Never throws. */
  attempt<T>(decide: () => T): T | undefined;
  /** Counts an error that was caught where a call to `attempt` would cost too much. Never throws. */
  fault(error: unknown): void;
  /** Turns it off for a while, for a reason that is no error. Never throws. */
  trip(why: string): void;
}

/** What a guard needs of its surroundings. */
export interface HookDeps {
  /** Told of each change of its state. */
  readonly onTurn: () => void;
  /** Milliseconds of a clock that does not go back. Read only when something fails. */
  readonly nowMs: () => number;
  readonly wake: (afterMs: number, then: () => void) => void;
  readonly circuit: CircuitOptions;
}

const DEPS: HookDeps = {
  onTurn: () => undefined,
  nowMs,
  wake: (afterMs, then) => setTimeout(then, afterMs).unref(),
  circuit: CIRCUIT,
};

/** Creates a guard that is a circuit breaker (see `circuit.ts`): it says in the log when it turns off and on. */
export function createHook(name: string, log: Log, given: Partial<HookDeps> = {}): Hook {
  const { onTurn, nowMs, wake, circuit: options } = { ...DEPS, ...given };
  let circuit = CLOSED;
  const hook = {
    name,
    errors: 0,
    isOn: true,
    state: 'on' as HookState,
    why: undefined as string | undefined,
    attempt<T>(decide: () => T): T | undefined {
      if (!hook.isOn) return undefined;
      try {
        return decide();
      } catch (error) {
        hook.fault(error);
        return undefined;
      }
    },
    fault(error: unknown): void {
      hook.errors++;
      log.error(`point ${name}: ${error instanceof Error ? (error.stack ?? error.message) : 'failed'}`);
      become(afterFault(circuit, nowMs(), options), 'repeated faults');
    },
    trip(why: string): void {
      become(tripped(circuit, nowMs(), options), why);
    },
  };

  function become(next: typeof circuit, why: string): void {
    const before = circuit;
    circuit = next;
    if (isOn(next) === isOn(before)) return;
    hook.isOn = isOn(next);
    hook.state = hook.isOn ? 'on' : next.phase === 'open' ? 'paused' : 'off';
    if (!hook.isOn) hook.why = why;
    if (next.phase === 'open') rest(next.untilMs, why);
    else if (next.phase === 'locked-out') log.error(`point ${name}: off for good, for ${why}`);
    else log.info(`point ${name}: on again, for a try`);
    try {
      onTurn();
    } catch {
      // Whoever is told of it has no say here.
    }
  }

  /** Timers may ring a little early by this clock. */
  function rest(untilMs: number, why: string): void {
    const waitMs = untilMs - nowMs();
    log.error(`point ${name}: off for ${Math.round(waitMs / 1000)} s, for ${why}`);
    wake(waitMs, () => become(afterCoolDown(circuit, Math.max(untilMs, nowMs())), why));
  }
  return hook;
}
