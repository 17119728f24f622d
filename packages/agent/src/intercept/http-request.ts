import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Decided, Governor } from '../govern/governor.ts';
import type { Hook } from '../hook.ts';
import { alike } from './alike.ts';
import { type ConnectOptions, towards } from './connect-option.ts';
import { failOver } from './failover.ts';
import { callOf } from './http-agent.ts';
import { CALL, type Called, HttpCall, limitTime } from './http-call.ts';
import { editHeaders } from './request-header.ts';

type OnCreate = (error: Error | null, socket?: Socket) => void;

interface RequestOptions extends ConnectOptions {
  agent?: unknown;
  createConnection?: (options: ConnectOptions, onCreate: OnCreate) => Socket | undefined;
}

type RequestFunction = (...args: unknown[]) => ClientRequest;

/**
 * Governs requests that bring their own `createConnection` and no agent, as WebSocket clients do: they never reach an agent. All other
 * requests pass through here untouched.
 */
export function interceptHttpRequest(governor: Governor, hook: Hook): void {
  for (const [core, protocol] of [
    [http, 'http:'],
    [https, 'https:'],
  ] as const) {
    for (const name of ['request', 'get'] as const) {
      const original = core[name] as RequestFunction;
      const governed: RequestFunction = function (this: unknown, ...args) {
        const at = hook.isOn ? connectionIn(args, hook) : -1;
        if (at < 0) return original.apply(this, args);
        const made = governedArgs(args, at, { protocol, governor, hook });
        const req = original.apply(this, made.args);
        made.connect(req);
        return req;
      };
      Object.assign(core, { [name]: governed });
      alike(core, name, original);
    }
  }
}

/** Which argument brings its own connection; -1: none. No closure: all requests come by here. */
function connectionIn(args: readonly unknown[], hook: Hook): number {
  try {
    for (let i = 0; i < args.length; i++) if (isBringingConnection(args[i])) return i;
  } catch (error) {
    hook.fault(error);
  }
  return -1;
}

function isBringingConnection(arg: unknown): boolean {
  if (typeof arg !== 'object' || arg === null) return false;
  const { createConnection, agent, socketPath } = arg as RequestOptions;
  return typeof createConnection === 'function' && agent == null && !socketPath;
}

/** Arguments by which nothing connects before `connect` is told of the request: only then can be decided where to. */
function governedArgs(args: readonly unknown[], at: number, deps: Deps): Governed {
  const options = args[at] as RequestOptions;
  const create = options.createConnection as NonNullable<RequestOptions['createConnection']>;
  let connect: ((req: ClientRequest) => void) | undefined;
  const createConnection = (to: ConnectOptions, onCreate: OnCreate): undefined => {
    connect = (req) => connectGoverned(req, to, { ...deps, create: create.bind(options), onCreate });
  };
  return {
    args: args.map((arg, index) => (index === at ? { ...options, createConnection } : arg)),
    connect: (req) => connect?.(req),
  };
}

interface Governed {
  readonly args: unknown[];
  connect(req: ClientRequest): void;
}

interface Deps {
  readonly protocol: string;
  readonly governor: Governor;
  readonly hook: Hook;
}

interface Connecting extends Deps {
  readonly create: NonNullable<RequestOptions['createConnection']>;
  readonly onCreate: OnCreate;
}

function connectGoverned(req: ClientRequest, to: ConnectOptions, connecting: Connecting): void {
  const { protocol, governor, hook, onCreate } = connecting;
  const carryOut = (verdict: Decided | undefined) => {
    try {
      if (verdict?.kind === 'refuse') return onCreate(verdict.error);
      connectTo(req, to, verdict, connecting);
    } catch (error) {
      onCreate(error as Error);
    }
  };
  const verdict = hook.attempt(() => governor.outbound(callOf(req, to, protocol), carryOut));
  if (verdict !== 'held') carryOut(verdict);
}

function connectTo(
  req: ClientRequest,
  to: ConnectOptions,
  verdict: Exclude<Decided, { kind: 'refuse' }> | undefined,
  { create, onCreate, protocol, hook }: Connecting,
): void {
  if (verdict && verdict.kind !== 'leave') hook.attempt(() => editHeaders(req, verdict.headers));
  const route = verdict?.kind === 'send' ? verdict.route : undefined;
  if (route) {
    (req as Called)[CALL] = new HttpCall(route, undefined, to);
    limitTime(req, route);
  }
  const options = route ? towards(route.target, to, protocol === 'https:') : to;
  const socket = create(options, onCreate);
  if (route && socket) hook.attempt(() => failOver(socket, options, route, () => undefined));
  if (socket) onCreate(null, socket);
}
