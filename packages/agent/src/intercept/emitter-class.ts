import { EventEmitter } from 'node:events';
import { alike } from './alike.ts';

/** Who wants to know of event emitters of some classes. */
export interface EmitterWatch {
  /** Whether a class is one of those. Asked once for each class, with its first object, whose constructor has yet to run. */
  isOurs(first: object): boolean;
  /** Told of each object of those classes as it is made. Must not throw. */
  made(emitter: object): void;
}

/** Lets points of interception find classes that nothing exports, bundled and minified ones too. */
export type WatchEmitters = (watch: EmitterWatch) => void;

/** Classes that nobody asks for, lately seen: nearly all emitters are of a few. */
const MAX_RECENT = 16;

/**
 * Watches event emitters as they are made: the constructor of all of them calls `EventEmitter.init`. For an object of a class that nobody
 * asks for, that costs a look at a short list. Nothing is put in place before the first watch.
 */
export function watchEmitters(): WatchEmitters {
  const watches: EmitterWatch[] = [];
  const known = new WeakMap<object, readonly EmitterWatch[]>();
  const recent: unknown[] = [];

  function start(): void {
    const base = EventEmitter as unknown as { init(this: object, options: unknown): void };
    const { init } = base;
    base.init = function (options) {
      const proto = Object.getPrototypeOf(this);
      if (!recent.includes(proto)) meet(this, proto);
      return init.call(this, options);
    };
    alike(base, 'init', init);
  }

  function meet(emitter: object, proto: object): void {
    const interested = known.get(proto) ?? interestedIn(emitter);
    known.set(proto, interested);
    for (const watch of interested) watch.made(emitter);
    if (interested.length === 0 && recent.unshift(proto) > MAX_RECENT) recent.pop();
  }

  function interestedIn(first: object): readonly EmitterWatch[] {
    return watches.filter((watch) => {
      try {
        return watch.isOurs(first);
      } catch {
        return false;
      }
    });
  }

  return (watch) => {
    if (watches.push(watch) === 1) start();
  };
}
