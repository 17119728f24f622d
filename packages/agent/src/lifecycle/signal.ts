import type { Hook } from '../hook.ts';
import { alike } from '../intercept/alike.ts';
import { type Emit, emitterBefore } from '../intercept/inbound.ts';

/** What asks a process to end. `shutdown`: the message by which pm2 does. */
export type Ending = 'SIGTERM' | 'SIGINT' | 'shutdown';

/** What is heard of the process. */
export interface ProcessEvents {
  /** It was asked to end. Whether that is kept from the application for now: then `handOver` is to be called, once. */
  ending(ending: Ending, handOver: () => void): boolean;
  /** The primary of a cluster told its worker something. */
  fromPrimary(message: unknown): boolean;
}

/** The hold on signals. */
export interface SignalHold {
  /** From now on signals come here first, whether the application listens for them or not. */
  arm(): void;
}

const NUMBERS = { SIGTERM: 15, SIGINT: 2 } as const;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * Takes hold of `process.emit`. Node.js binds it to a signal when the first listener of that is added, so this must be there before the
 * application is. No listener is added: Node.js's own function that makes a signal come to the process is called instead, so that the
 * application finds its listeners and no others.
 */
export function holdSignals(events: ProcessEvents, hook: Hook): SignalHold {
  const proc = process as unknown as { emit: Emit };
  const before = emitterBefore(proc);
  let isArmed = false;

  proc.emit = function (this: unknown, ...args) {
    const [event, message] = args;
    if (event === 'internalMessage' && hook.attempt(() => events.fromPrimary(message))) return true;
    if (!isArmed) return before.emit.apply(this, args);
    const ending = endingOf(event, message);
    if (ending) return heldOr(ending, args);
    const had = before.emit.apply(this, args);
    if (event === 'removeListener') hook.attempt(() => listen());
    return had;
  };
  alike(proc, 'emit', before.emit);

  function heldOr(ending: Ending, args: unknown[]): boolean {
    if (hook.attempt(() => events.ending(ending, () => handOver(ending, args)))) return true;
    return pass(ending, args);
  }

  /** As it would have come: what a handler throws is the application's. */
  function handOver(ending: Ending, args: unknown[]): void {
    isArmed = false;
    process.nextTick(pass, ending, args);
  }

  function pass(ending: Ending, args: unknown[]): boolean {
    if (ending === 'shutdown' || process.listenerCount(ending) > 0) return before.emit.apply(process, args);
    isArmed = false;
    endBy(ending);
    return false;
  }

  function listen(): void {
    if (!isArmed) return;
    const start = ownListener('newListener', 'startListeningIfSignal');
    for (const signal of SIGNALS) start?.call(process, signal);
  }

  return {
    arm() {
      if (isArmed) return;
      isArmed = true;
      hook.attempt(listen);
    },
  };
}

function endingOf(event: unknown, message: unknown): Ending | undefined {
  if (event === 'SIGTERM' || event === 'SIGINT') return event;
  return event === 'message' && message === 'shutdown' ? 'shutdown' : undefined;
}

/** By which Node.js itself learns of listeners for signals. */
function ownListener(event: string, name: string): ((signal: string) => void) | undefined {
  return process.listeners(event as 'SIGTERM').find((one) => one.name === name) as never;
}

/** What happens where nobody listens. The kernel keeps a signal without a handler from the first process of a container. */
function endBy(signal: Signal): void {
  ownListener('removeListener', 'stopListeningIfSignal')?.call(process, signal);
  if (process.pid === 1) process.exit(128 + NUMBERS[signal]);
  else process.kill(process.pid, signal);
}
