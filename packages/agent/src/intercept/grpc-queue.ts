import { AsyncResource } from 'node:async_hooks';
import type { Governor } from '../govern/governor.ts';
import type { Hook } from '../hook.ts';
import { alike } from './alike.ts';
import type { WatchEmitters } from './emitter-class.ts';

/** A channel of grpc-js: it keeps calls that cannot start yet. */
interface Channel {
  queueCallForPick(call: Queued): void;
  queueCallForConfig(call: Queued): void;
}

type Queued = Record<string, unknown>;

/** What a queue calls on a call that waited, by the method that puts it there. */
const RESUMED_BY = { queueCallForPick: 'doPick', queueCallForConfig: 'getConfig' } as const;

/** How to get from what a call of grpc-js is made of to its channel. */
const TOWARDS_CHANNEL = ['nextCall', 'call', 'channel', 'internalChannel'] as const;

/**
 * A call of grpc-js that is made while its channel connects waits in a queue, and is started in the context of whatever empties the queue:
 * mostly that of another call. Here it keeps its own. What an application holds of a call is an event emitter: by the first of each class
 * the class of channels is found, before the call is started, in every copy of grpc-js, bundled ones too.
 */
export function interceptGrpcQueue(governor: Governor, hook: Hook, watch: WatchEmitters): void {
  const known = new WeakSet<object>();
  watch({ isOurs: isClientCall, made: (call) => hook.attempt(() => examine(call)) });

  function examine(call: object): void {
    const proto = Object.getPrototypeOf(call);
    if (known.has(proto)) return;
    const onSet = (value: unknown) => {
      Object.defineProperty(call, 'call', { value, writable: true, enumerable: true, configurable: true });
      hook.attempt(() => {
        const channel = channelOf(value);
        if (!channel) return;
        known.add(proto);
        patch(Object.getPrototypeOf(channel));
      });
    };
    Object.defineProperty(call, 'call', { set: onSet, get: () => undefined, configurable: true });
  }

  function patch(channel: Channel): void {
    if (known.has(channel)) return;
    known.add(channel);
    for (const name of Object.keys(RESUMED_BY) as (keyof typeof RESUMED_BY)[]) {
      const queue = channel[name];
      channel[name] = function (this: Channel, call) {
        if (hook.isOn) hook.attempt(() => keepContext(call, RESUMED_BY[name]));
        Reflect.apply(queue, this, [call]);
      };
      alike(channel, name, queue);
    }
  }

  /** A call may be put into the queue again and again: the first time tells where it belongs. */
  function keepContext(call: Queued, method: string): void {
    const resume = call[method];
    if (typeof resume !== 'function' || Object.hasOwn(call, method)) return;
    call[method] = AsyncResource.bind(() => Reflect.apply(resume, call, []));
    governor.count();
  }
}

/** What a method of a client of grpc-js returns. */
function isClientCall(value: object): boolean {
  const { cancel, getPeer } = value as { cancel?: unknown; getPeer?: unknown };
  return typeof getPeer === 'function' && typeof cancel === 'function';
}

function channelOf(start: unknown): Channel | undefined {
  let at = start as Record<string, unknown> | undefined;
  for (let depth = 0; at && depth < 32; depth++) {
    if (typeof at['queueCallForPick'] === 'function') return at as unknown as Channel;
    const step = TOWARDS_CHANNEL.find((name) => typeof at?.[name] === 'object' && at[name] !== null);
    at = step && (at[step] as Record<string, unknown>);
  }
  return undefined;
}
