import { boundOrigin, bySymbol, type Dispatcher } from './dispatcher.ts';

/** Dispatchers to single instances, made on behalf of one that is bound to another origin. */
export interface Branches {
  /** The dispatcher to an origin, of the same class and with the same options. */
  of(parent: Dispatcher, origin: string): Dispatcher;
  /** Ends all of a parent's, by `end`; `callback` is then one that is called when they have ended too. */
  ending(parent: Dispatcher, end: (branch: Dispatcher) => unknown, callback: Callback): Callback;
}

type Callback = (...result: unknown[]) => void;

/** What a dispatcher says of its connections: that of a branch says the parent. */
const EVENTS = ['connect', 'disconnect', 'connectionError', 'drain'];

const MAX_BRANCHES = 256;

/** Creates the book of branches; a parent keeps at most 256, the oldest is closed first. */
export function createBranches(): Branches {
  const book = new WeakMap<object, Map<string, Dispatcher>>();
  return {
    of(parent, origin) {
      const branches = book.get(parent) ?? new Map<string, Dispatcher>();
      book.set(parent, branches);
      const known = branches.get(origin);
      if (known) return known;
      const Class = parent.constructor as new (origin: string, options: object) => Dispatcher;
      const branch = new Class(origin, { ...(bySymbol(parent, 'options') as object | undefined) });
      for (const event of EVENTS) {
        branch.on(event, (_, targets: unknown[], ...more) =>
          parent.emit(event, boundOrigin(parent), [parent, ...targets], ...more),
        );
      }
      for (const [oldest, dispatcher] of branches) {
        if (branches.size < MAX_BRANCHES) break;
        branches.delete(oldest);
        dispatcher.close(() => undefined);
      }
      branches.set(origin, branch);
      return branch;
    },
    ending(parent, end, callback) {
      const branches = [...(book.get(parent)?.values() ?? [])];
      if (branches.length === 0) return callback;
      const ended = Promise.allSettled(branches.map(end));
      return (...result) => ended.then(() => queueMicrotask(() => callback(...result)));
    },
  };
}
