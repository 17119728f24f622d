import { EventEmitter } from 'node:events';
import { hostPort } from '@fairway/core';
import type { Decided, Governor } from '../govern/governor.ts';
import type { OutboundCall } from '../govern/outbound.ts';
import type { Target } from '../govern/route.ts';
import type { Hook } from '../hook.ts';
import { CLIENT_SPAN } from '../trace/app-spans.ts';
import { alike } from './alike.ts';
import { createBranches } from './branch.ts';
import { failDispatch, followDispatch } from './dispatch-call.ts';
import { type DispatchOptions, editedHeaders, headerIn, headerPairs, replayable, targetOf } from './dispatch-option.ts';
import { keepUpgraded } from './dispatch-upgrade.ts';
import {
  boundOrigin,
  DECIDED,
  type Dispatcher,
  type DispatchHandler,
  detourOf,
  dispatchOwners,
  isBase,
  isDispatcher,
} from './dispatcher.ts';
import type { WatchEmitters } from './emitter-class.ts';

type Dispatch = Dispatcher['dispatch'];

/** Governs the global fetch and every copy of undici, bundled ones too: all dispatchers are event emitters, and none is loaded for this. */
export function interceptUndici(governor: Governor, hook: Hook, watch: WatchEmitters): void {
  const patched = new WeakSet<object>();
  const branches = createBranches();
  watch({ isOurs: isDispatcher, made: (dispatcher) => hook.attempt(() => patch(dispatcher as Dispatcher)) });

  function patch(dispatcher: Dispatcher): void {
    const owners = dispatchOwners(dispatcher, EventEmitter.prototype);
    for (const proto of owners.slice(0, -1)) {
      if (patched.has(proto)) continue;
      patched.add(proto);
      if (isBase(proto)) patchBase(proto as Dispatcher);
      else patchDetour(proto);
    }
  }

  function patchDetour(proto: { dispatch: Dispatch }): void {
    const { dispatch } = proto;
    proto.dispatch = function (this: Dispatcher, options, handler) {
      const isBypass = isUndecided(options) && hook.attempt(() => detourOf(this)) === 'bypass';
      if (isBypass) governor.pass('detour');
      return Reflect.apply(dispatch, this, [isBypass ? { ...options, [DECIDED]: true } : options, handler]);
    };
    alike(proto, 'dispatch', dispatch);
  }

  function patchBase(proto: Dispatcher): void {
    const { dispatch, close, destroy } = proto;
    proto.dispatch = function (this: Dispatcher, given, handler) {
      if (!hook.isOn || !isUndecided(given) || typeof handler !== 'object' || handler === null) {
        return Reflect.apply(dispatch, this, [given, handler]);
      }
      if (given.upgrade) hook.attempt(() => keepUpgraded(handler, governor.contexts, hook));
      const options = hook.attempt(() => replayable(given)) ?? given;
      const proceed = () => Reflect.apply(dispatch, this, [options, handler]);
      const origin = hook.attempt(() => (detourOf(this) === 'none' ? originOf(this, options) : undefined));
      if (!origin) return proceed();
      const carryOut = (verdict: Decided) => {
        if (verdict.kind === 'leave') return Reflect.apply(dispatch, this, [{ ...options, [DECIDED]: true }, handler]);
        return send({ dispatcher: this, dispatch, origin, options, handler }, verdict);
      };
      const resume = (verdict: Decided) => {
        try {
          carryOut(verdict);
        } catch (error) {
          failDispatch(handler, error as Error);
        }
      };
      const verdict = hook.attempt(() => governor.outbound(callOf(origin, options), resume));
      if (verdict === undefined) return proceed();
      return verdict === 'held' ? true : carryOut(verdict);
    };
    // Without a callback, undici itself calls once more with one.
    proto.close = function (this: Dispatcher, callback, ...more) {
      const then = callback && hook.attempt(() => branches.ending(this, (branch) => branch.close(), callback));
      return Reflect.apply(close, this, [then ?? callback, ...more]);
    };
    proto.destroy = function (this: Dispatcher, error, callback, ...more) {
      if (typeof error === 'function') return this.destroy(null, error as typeof callback);
      if (typeof callback !== 'function') return Reflect.apply(destroy, this, [error, callback, ...more]);
      const then = hook.attempt(() => branches.ending(this, (branch) => branch.destroy(error), callback));
      return Reflect.apply(destroy, this, [error, then ?? callback, ...more]);
    };
    for (const [key, before] of Object.entries({ dispatch, close, destroy })) alike(proto, key, before);
  }

  interface Sending {
    readonly dispatcher: Dispatcher;
    readonly dispatch: Dispatch;
    readonly origin: URL;
    readonly options: DispatchOptions;
    readonly handler: DispatchHandler;
  }

  function send(sending: Sending, verdict: Exclude<Decided, { kind: 'leave' }>): boolean {
    const { dispatcher, dispatch, origin, handler } = sending;
    if (verdict.kind === 'refuse') {
      queueMicrotask(() => failDispatch(handler, verdict.error));
      return true;
    }
    const headers = editedHeaders(sending.options.headers, verdict.headers);
    const options: DispatchOptions = { ...sending.options, headers, [DECIDED]: true };
    if (verdict.kind === 'label') return Reflect.apply(dispatch, dispatcher, [options, handler]);
    if (headerIn(headerPairs(headers), 'host') === undefined)
      options.headers = editedHeaders(headers, [['host', origin.host]]);
    const go = (target: Target): boolean => {
      const to = `${origin.protocol}//${hostPort(target.host, target.port)}`;
      const bound = boundOrigin(dispatcher);
      const through = bound && bound.origin !== new URL(to).origin ? branches.of(dispatcher, to) : dispatcher;
      return Reflect.apply(dispatch, through, [{ ...options, origin: to }, handler]);
    };
    const { route } = verdict;
    hook.attempt(() => followDispatch({ route, options, go }, handler, hook));
    try {
      const { spans } = governor;
      return spans.isPending(CLIENT_SPAN) ? spans.carry(() => go(route.target)) : go(route.target);
    } catch (error) {
      route.ended();
      throw error;
    }
  }
}

function isUndecided(options: unknown): options is DispatchOptions {
  return typeof options === 'object' && options !== null && (options as DispatchOptions)[DECIDED] === undefined;
}

function originOf(dispatcher: Dispatcher, { origin }: DispatchOptions): URL | undefined {
  if (origin === undefined || origin === null) return boundOrigin(dispatcher);
  if (typeof origin !== 'string') return origin;
  try {
    return new URL(origin);
  } catch {
    return undefined;
  }
}

function callOf(origin: URL, options: DispatchOptions): OutboundCall {
  let pairs: [string, unknown][] | undefined;
  return {
    host: origin.hostname.replace(/^\[|\]$/g, ''),
    port: Number(origin.port) || (origin.protocol === 'https:' ? 443 : 80),
    request: {
      method: options.method ?? 'GET',
      get url() {
        return targetOf(options);
      },
      header(name) {
        pairs ??= headerPairs(options.headers);
        return headerIn(pairs, name) ?? (name === 'host' ? origin.host : undefined);
      },
    },
  };
}
