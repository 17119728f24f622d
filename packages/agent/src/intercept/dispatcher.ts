import type { EventEmitter } from 'node:events';
import type { DispatchOptions } from './dispatch-option.ts';

/** An undici dispatcher, of whatever copy and version. */
export interface Dispatcher extends EventEmitter {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean;
  close(callback?: () => void): unknown;
  destroy(...args: unknown[]): unknown;
}

/** Both forms of handlers: up to undici 6, and since 7. */
export interface DispatchHandler {
  onError?(error: Error): void;
  onResponseError?(controller: unknown, error: Error): void;
}

/** On options: decided already, or not to be decided, so that dispatchers inside of dispatchers leave them alone. */
export const DECIDED = Symbol('fairway.decided');

/** The prototypes under an object that have a `dispatch` of their own, nearest first; the last is the abstract class. */
export function dispatchOwners(dispatcher: object, end: object): { dispatch: Dispatcher['dispatch'] }[] {
  const owners = [];
  for (let p = Object.getPrototypeOf(dispatcher); p && p !== end; p = Object.getPrototypeOf(p)) {
    if (Object.hasOwn(p, 'dispatch')) owners.push(p);
  }
  return owners;
}

/** Whether a prototype is that of undici's DispatcherBase, under all that connect. */
export function isBase(proto: object): boolean {
  return Object.hasOwn(proto, 'destroyed') && Object.hasOwn(proto, 'closed');
}

/** What a dispatcher is, where it does not connect by itself to where it is told. */
export type Detour =
  /** Mocks answer themselves, forward proxies dial for others: what they are given is left alone, all the way down. */
  | 'bypass'
  /** It chooses between a proxy and none: left to the one that is chosen. */
  | 'chooser'
  | 'none';

/** Told by members, not by the names of classes: bundlers change those. */
export function detourOf(dispatcher: object): Detour {
  const detour = detours.get(dispatcher) ?? findDetour(dispatcher);
  detours.set(dispatcher, detour);
  return detour;
}

const detours = new WeakMap<object, Detour>();

function findDetour(dispatcher: object): Detour {
  if ('disableNetConnect' in dispatcher) return 'bypass';
  const names = Object.getOwnPropertySymbols(dispatcher).map(({ description }) => description);
  if (names.includes('no proxy agent')) return 'chooser';
  return names.includes('proxy headers') ? 'bypass' : 'none';
}

/** The value of a symbol property by the symbol's description. */
function bySymbol(dispatcher: object, description: string): unknown {
  const key = Object.getOwnPropertySymbols(dispatcher).find((symbol) => symbol.description === description);
  return key && (dispatcher as Record<symbol, unknown>)[key];
}

/** The origin that a Pool or Client is bound to; undefined for an Agent. */
export function boundOrigin(dispatcher: object): URL | undefined {
  const url = bySymbol(dispatcher, 'url');
  return url && typeof url === 'object' && 'origin' in url ? (url as URL) : undefined;
}

/** Dispatchers to single instances, made on behalf of one that is bound to another origin. */
export interface Branches {
  /** The dispatcher to an origin, of the same class and with the same options. */
  of(parent: Dispatcher, origin: string): Dispatcher;
  /** All of a parent's. */
  all(parent: Dispatcher): Dispatcher[];
}

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
      for (const [oldest, dispatcher] of branches) {
        if (branches.size < MAX_BRANCHES) break;
        branches.delete(oldest);
        dispatcher.close(() => undefined);
      }
      branches.set(origin, branch);
      return branch;
    },
    all: (parent) => [...(book.get(parent)?.values() ?? [])],
  };
}
