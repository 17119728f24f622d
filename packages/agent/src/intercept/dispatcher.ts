import type { EventEmitter } from 'node:events';
import type { DispatchOptions } from './dispatch-option.ts';

/** An undici dispatcher, of whatever copy and version. */
export interface Dispatcher extends EventEmitter {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean;
  close(callback?: (...result: unknown[]) => void, ...more: unknown[]): unknown;
  destroy(error?: unknown, callback?: (...result: unknown[]) => void, ...more: unknown[]): unknown;
}

/** Told by its methods: there are many classes of them, in each copy. */
export function isDispatcher(value: object): value is Dispatcher {
  const { dispatch, destroy } = value as Partial<Dispatcher>;
  return typeof dispatch === 'function' && typeof destroy === 'function';
}

/** Both forms of handlers: up to undici 6, and since 7. */
export interface DispatchHandler {
  onConnect?(...args: unknown[]): unknown;
  onRequestStart?(...args: unknown[]): unknown;
  onHeaders?(...args: unknown[]): unknown;
  onResponseStart?(...args: unknown[]): unknown;
  onBodySent?(...args: unknown[]): unknown;
  onData?(...args: unknown[]): unknown;
  onResponseData?(...args: unknown[]): unknown;
  onComplete?(...args: unknown[]): unknown;
  onResponseEnd?(...args: unknown[]): unknown;
  onError?(error: Error): void;
  onResponseError?(controller: unknown, error: Error): void;
  onUpgrade?(...args: unknown[]): unknown;
  onRequestUpgrade?(...args: unknown[]): unknown;
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
export function bySymbol(dispatcher: object, description: string): unknown {
  const key = Object.getOwnPropertySymbols(dispatcher).find((symbol) => symbol.description === description);
  return key && (dispatcher as Record<symbol, unknown>)[key];
}

/** The origin that a Pool or Client is bound to; undefined for an Agent. */
export function boundOrigin(dispatcher: object): URL | undefined {
  const url = bySymbol(dispatcher, 'url');
  return url && typeof url === 'object' && 'origin' in url ? (url as URL) : undefined;
}
