import type { EventEmitter } from 'node:events';
import type { Contexts } from '../govern/contexts.ts';
import type { Hook } from '../hook.ts';
import type { DispatchHandler } from './dispatcher.ts';
import { bindEvents } from './inbound.ts';

/** Where handlers are given the socket: up to undici 6, and since 7. */
const UPGRADES = [
  ['onUpgrade', 2],
  ['onRequestUpgrade', 3],
] as const;

/** Keeps the caller's context in the events of a socket that it takes over, which may have been made for another request. */
export function keepUpgraded(handler: DispatchHandler, contexts: Contexts, hook: Hook): void {
  const context = contexts.getStore();
  for (const [name, at] of UPGRADES) {
    const upgrade = handler[name];
    if (!upgrade) continue;
    handler[name] = function (this: DispatchHandler, ...args) {
      hook.attempt(() => bindEvents(args[at] as EventEmitter, context, contexts));
      return Reflect.apply(upgrade, this, args);
    };
  }
}
