import http, { type ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestView } from '@fairway/core';
import type { Decided, Governor } from '../govern/governor.ts';
import type { OutboundCall, Verdict } from '../govern/outbound.ts';
import { LEAVE } from '../govern/pass.ts';
import type { Route, Target } from '../govern/route.ts';
import type { Hook } from '../hook.ts';
import { alike } from './alike.ts';
import { type ConnectOptions, towards } from './connect-option.ts';
import { failOver } from './failover.ts';
import { CALL, type Called, failRequest, followRequests, HttpCall, limitTime } from './http-call.ts';
import { editHeaders, readHeader } from './request-header.ts';

type CreateConnection = (options: ConnectOptions, onCreate: (error: Error | null, socket: Socket) => void) => Socket;
type SocketCallback = (error: Error | null, socket?: Socket) => void;

interface AgentInternals {
  protocol: string;
  options: ConnectOptions;
  sockets: Record<string, Socket[] | undefined>;
  freeSockets: object;
  createConnection: CreateConnection;
  getName(options: ConnectOptions): string;
  addRequest(req: ClientRequest, options: ConnectOptions | string, port?: number, localAddress?: string): void;
  createSocket(req: ClientRequest, options: ConnectOptions, onSocket: SocketCallback): void;
}

/** Node.js 24 and later: an agent that sends through a forward proxy. */
interface ProxyConfig {
  shouldUseProxy?(protocol: string, host: string, port: number): boolean;
}

/**
 * Governs what goes through an agent of node:http or node:https, where all forms of arguments have become one. The options then name the
 * instance, so that agents pool by instance; the Host header and with it the TLS server name stay as dialled.
 */
export function interceptHttpAgent(governor: Governor, hook: Hook): void {
  const proto = http.Agent.prototype as unknown as AgentInternals;
  const { addRequest, createSocket } = proto;

  function governedAddRequest(
    this: AgentInternals,
    req: ClientRequest,
    options: ConnectOptions | string,
    port?: number,
    localAddress?: string,
  ): void {
    const verdict = hook.isOn && typeof options === 'object' ? decide(this, req, options) : undefined;
    if (!verdict || verdict.kind === 'leave') addRequest.call(this, req, options, port, localAddress);
    else if (verdict.kind === 'unknown') learn(this, req, options as ConnectOptions);
    else carryOut(this, req, options as ConnectOptions, verdict);
  }
  proto.addRequest = governedAddRequest;
  alike(proto, 'addRequest', addRequest);

  function decide(agent: AgentInternals, req: ClientRequest, options: ConnectOptions): Verdict | undefined {
    try {
      if (!isGovernable(agent, options)) return governor.pass('detour');
      return governor.decide(callOf(req, options, options.protocol ?? agent.protocol));
    } catch (error) {
      hook.fault(error);
      return undefined;
    }
  }

  function learn(agent: AgentInternals, req: ClientRequest, options: ConnectOptions): void {
    const resume = (verdict: Decided) => {
      try {
        carryOut(agent, req, options, verdict);
      } catch (error) {
        failRequest(req, error as Error);
      }
    };
    const call = callOf(req, options, options.protocol ?? agent.protocol);
    const verdict = hook.attempt(() => governor.outbound(call, resume)) ?? LEAVE['not-answered'];
    if (verdict !== 'held') carryOut(agent, req, options, verdict);
  }

  function carryOut(agent: AgentInternals, req: ClientRequest, options: ConnectOptions, verdict: Decided): void {
    if (verdict.kind === 'refuse') {
      failRequest(req, verdict.error);
      return;
    }
    if (verdict.kind !== 'leave') {
      try {
        editHeaders(req, verdict.headers);
        if (verdict.kind === 'send') begin(agent, req, options, verdict.route);
      } catch (error) {
        hook.fault(error);
        if (verdict.kind === 'send') verdict.route.ended();
        addRequest.call(agent, req, options);
        return;
      }
    }
    if (verdict.kind !== 'send') {
      addRequest.call(agent, req, options);
      return;
    }
    try {
      addRequestTowards(agent, req, options, verdict.route.target);
    } catch (error) {
      verdict.route.ended();
      throw error;
    }
  }

  function begin(agent: AgentInternals, req: ClientRequest, options: ConnectOptions, route: Route): void {
    (req as Called)[CALL] = new HttpCall(route, agent, options);
    limitTime(req, route);
  }

  /** On a new connection: others that were kept may be closed as well. */
  function resend({ agent, options }: HttpCall, req: ClientRequest, target: Target): void {
    const through = agent as AgentInternals;
    const { freeSockets } = through;
    through.freeSockets = Object.create(null);
    try {
      addRequestTowards(through, req, options, target);
    } finally {
      through.freeSockets = freeSockets;
    }
  }

  /** Node.js copies the options first thing: those of the caller are lent to it for the call, which costs less than one more copy. */
  function addRequestTowards(agent: AgentInternals, req: ClientRequest, options: ConnectOptions, target: Target): void {
    const { host, hostname, port } = options;
    const protocol = options.protocol ?? agent.protocol;
    if (protocol === 'https:' || !isLent(options, target)) {
      addRequest.call(agent, req, towards(target, options, protocol === 'https:' && !req.hasHeader('host')));
      return;
    }
    try {
      addRequest.call(agent, req, options);
    } finally {
      options.host = host as string;
      options.port = port as number;
      if (hostname !== undefined) options.hostname = hostname;
    }
  }

  function governedCreateSocket(
    this: AgentInternals,
    req: ClientRequest,
    options: ConnectOptions,
    onSocket: SocketCallback,
  ): void {
    const route = (req as Called)[CALL]?.route;
    if (!route || !hook.isOn) {
      createSocket.call(this, req, options, onSocket);
      return;
    }
    const proceed = () => createSocket.call(this, req, options, onSocket);
    const { createConnection } = this;
    const connect: CreateConnection = (to, onCreate) => {
      const socket = createConnection.call(this, to, onCreate);
      hook.attempt(() => socket && failOver(socket, to, route, (target) => movePool(this, socket, to, target)));
      return socket;
    };
    withConnection(this, connect, proceed);
  }
  proto.createSocket = governedCreateSocket;
  alike(proto, 'createSocket', createSocket);
  followRequests(hook, resend);
}

/** Unix sockets, agents that make sockets in their own way, fixed agents and forward proxies are left alone. */
function isGovernable(agent: AgentInternals, options: ConnectOptions): boolean {
  const { createSocket } = http.Agent.prototype as unknown as AgentInternals;
  if (options.socketPath || agent.createSocket !== createSocket || !isPort(options.port)) return false;
  const fixed = agent.options;
  return !fixed?.socketPath && !fixed?.host && !fixed?.port && !isProxied(agent, options);
}

/** Others are refused by Node.js, at once. */
function isPort(port: ConnectOptions['port']): boolean {
  return port === undefined || port === null || Number(port) < 65_536;
}

function isProxied(agent: AgentInternals, options: ConnectOptions): boolean {
  if (!agent.options?.proxyEnv) return false;
  const key = Object.getOwnPropertySymbols(agent).find(({ description }) => description === 'kProxyConfig');
  const config = key && (agent as unknown as Record<symbol, ProxyConfig | null | undefined>)[key];
  if (!config) return false;
  const protocol = options.protocol ?? agent.protocol;
  return config.shouldUseProxy?.(protocol, options.host ?? '', Number(options.port)) !== false;
}

/** A class, because one is made for each call: nothing is allocated but itself. */
class OutgoingCall implements OutboundCall, RequestView {
  readonly host: string;
  readonly port: number;
  readonly #req: ClientRequest;

  constructor(req: ClientRequest, host: string, port: number) {
    this.host = host;
    this.port = port;
    this.#req = req;
  }

  get request(): RequestView {
    return this;
  }

  get method(): string {
    return this.#req.method;
  }

  get url(): string {
    return this.#req.path;
  }

  header(name: string): string | undefined {
    return readHeader(this.#req, name);
  }
}

/** A request as the governor sees it. */
export function callOf(req: ClientRequest, options: ConnectOptions, protocol: string): OutboundCall {
  const port = Number(options.port) || (protocol === 'https:' ? 443 : 80);
  return new OutgoingCall(req, options.host ?? options.hostname ?? 'localhost', port);
}

/** Sets what names the instance, where there is something to set back to afterwards. */
function isLent(options: ConnectOptions, { host, port }: Target): boolean {
  if (options.host === undefined || options.port === undefined) return false;
  try {
    options.host = host;
    options.port = port;
    if (options.hostname !== undefined) options.hostname = host;
    return true;
  } catch {
    return false;
  }
}

function withConnection(agent: AgentInternals, connect: CreateConnection, run: () => void): void {
  const own = Object.getOwnPropertyDescriptor(agent, 'createConnection');
  agent.createConnection = connect;
  try {
    run();
  } finally {
    if (own) Object.defineProperty(agent, 'createConnection', own);
    else Reflect.deleteProperty(agent, 'createConnection');
  }
}

/** The agent finds a socket's pool by the options that it was created with: both follow the socket to its new instance. */
function movePool(agent: AgentInternals, socket: Socket, options: ConnectOptions, target: Target): void {
  const before = agent.getName(options);
  Object.assign(options, { host: target.host, hostname: target.host, port: target.port });
  const after = agent.getName(options);
  options._agentKey = after;
  const left = agent.sockets[before]?.filter((one) => one !== socket) ?? [];
  if (left.length > 0) agent.sockets[before] = left;
  else delete agent.sockets[before];
  agent.sockets[after] = [...(agent.sockets[after] ?? []), socket];
}
