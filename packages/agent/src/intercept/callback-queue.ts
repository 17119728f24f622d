import { EventEmitter } from 'node:events';
import type { Contexts } from '../govern/contexts.ts';
import type { Governor } from '../govern/governor.ts';
import type { Hook } from '../hook.ts';
import { alike } from './alike.ts';
import type { WatchEmitters } from './emitter-class.ts';
import { type Bound, bindEvents, CONTEXT, type Emit, within } from './inbound.ts';

type Method = (...args: unknown[]) => unknown;
type Methods = Record<string, unknown>;

/** A class, told by members that bundlers leave alone, and the methods of it that keep callbacks for later. */
interface Kind {
  readonly members: readonly string[];
  readonly methods: readonly string[];
}

const KINDS: readonly Kind[] = [
  /** Pools of pg and mysql2: a callback waits until someone else gives a connection back. */
  { members: ['query', 'connect', '_pulseQueue'], methods: ['query', 'connect'] },
  { members: ['query', 'getConnection', 'releaseConnection'], methods: ['query', 'execute', 'getConnection'] },
  /** Their connections: callbacks, and the events of a query, come with the data of a socket that another request made. */
  { members: ['query', '_pulseQueryQueue'], methods: ['query'] },
  { members: ['query', 'addCommand'], methods: ['query', 'execute', 'prepare', 'ping', 'changeUser'] },
];

/** Keeps the context of callbacks that clients of databases call, and of the queries that they return to be listened to. */
export function keepInCallbackQueues({ contexts }: Governor, hook: Hook, watch: WatchEmitters): void {
  const found = new WeakSet<object>();
  watch({
    // `in` sets off no getter: the constructors of subclasses have not run yet.
    isOurs: (client) => 'query' in client,
    made: (client) => hook.attempt(() => find(Object.getPrototypeOf(client))),
  });

  function find(proto: object): void {
    if (found.has(proto)) return;
    found.add(proto);
    for (const { members, methods } of KINDS)
      if (members.every((name) => methodOf(proto, name))) for (const name of methods) keepIn(proto, name);
  }

  function keepIn(proto: object, name: string): void {
    const { owner, method } = methodOf(proto, name) ?? {};
    if (!owner || !method || found.has(method)) return;
    const keeping = function (this: unknown, ...args: unknown[]): unknown {
      if (!hook.isOn) return Reflect.apply(method, this, args);
      const isCalling = hook.attempt(() => bindArguments(args, contexts));
      const result = Reflect.apply(method, this, args);
      if (!isCalling && result instanceof EventEmitter) hook.attempt(() => bindOnce(result, contexts));
      return result;
    };
    found.add(keeping);
    owner[name] = keeping;
    alike(owner, name, method);
  }
}

/** Returns whether any is a callback. */
function bindArguments(args: unknown[], contexts: Contexts): boolean {
  const context = contexts.getStore();
  let isCalling = false;
  for (let i = 0; i < args.length; i++) {
    const callback = args[i];
    if (typeof callback !== 'function') continue;
    isCalling = true;
    args[i] = function (this: unknown, ...given: unknown[]): unknown {
      return within(contexts, context, callback as Emit, this, given);
    };
  }
  return isCalling;
}

/** A query passes through a pool and a connection: what counts is where it was made. */
function bindOnce(query: EventEmitter & Bound, contexts: Contexts): void {
  if (query[CONTEXT] !== undefined) return;
  const context = contexts.getStore();
  query[CONTEXT] = context ?? null;
  bindEvents(query, context, contexts);
}

function methodOf(proto: object, name: string): { owner: Methods; method: Method } | undefined {
  for (let p: object | null = proto; p && p !== EventEmitter.prototype; p = Object.getPrototypeOf(p)) {
    const method = Object.getOwnPropertyDescriptor(p, name)?.value as unknown;
    if (typeof method === 'function') return { owner: p as Methods, method: method as Method };
  }
  return undefined;
}
