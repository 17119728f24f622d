import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import process from 'node:process';
import { setTimeout } from 'node:timers';
import type { Route, Target } from '../govern/route.ts';
import type { Hook } from '../hook.ts';
import { alike } from './alike.ts';
import type { ConnectOptions } from './connect-option.ts';
import { saysDraining } from './draining.ts';
import { isConnectError } from './failover.ts';
import { type Emit, emitterBefore } from './inbound.ts';
import { detach, isReplayable, keepTimeout, renew } from './request-renewal.ts';

/** Taken now: applications under test replace it. */
const { nextTick } = process;

/** Sends a request that was made like new, to an instance. */
export type Resend = (call: HttpCall, req: ClientRequest, target: Target) => void;

/** What is kept of a request that goes to an instance. A class, because one is made for each. */
export class HttpCall {
  readonly route: Route;
  /** Its agent and the options that this was given; undefined where the request brought its own connection. */
  readonly agent: object | undefined;
  readonly options: ConnectOptions;
  /** Bytes that the socket had read and written before it was given to the request; undefined: it was made for it. */
  readBefore: number | undefined;
  writtenBefore: number | undefined;
  hasFinished = false;
  /** What was set on the first socket, for the next. */
  timeoutMs: number | undefined;
  tryTimer: NodeJS.Timeout | undefined;

  constructor(route: Route, agent: object | undefined, options: ConnectOptions) {
    this.route = route;
    this.agent = agent;
    this.options = options;
  }
}

/** On the request itself: a WeakMap costs more with every request. */
export const CALL = Symbol('fairway.call');

/** A request that may go to an instance. */
export type Called = ClientRequest & { [CALL]?: HttpCall };

/**
 * Learns from the events of requests what became of the calls that they are, and sends those again that may be: the request stays the
 * same, and its events are kept from the application while there is another attempt. Nothing listens to it.
 */
export function followRequests(hook: Hook, resend: Resend): void {
  const proto = http.ClientRequest.prototype as unknown as { emit: Emit };
  const before = emitterBefore(proto);
  // The arguments are handed on whole, and so never made into an array.
  proto.emit = function (this: Called, ...args: unknown[]): boolean {
    const call = this[CALL];
    if (call !== undefined && isKeptSafely(call, this, args[0], args[1])) return true;
    return before.emit.apply(this, args);
  };
  alike(proto, 'emit', before.emit);

  function isKeptSafely(call: HttpCall, req: Called, event: unknown, arg: unknown): boolean {
    try {
      return isKept(call, req, event, arg);
    } catch (error) {
      hook.fault(error);
      return false;
    }
  }

  /** Whether an event is kept from the application. */
  function isKept(call: HttpCall, req: Called, event: unknown, arg: unknown): boolean {
    if (event === 'socket') taken(call, req, arg as Socket);
    else if (event === 'finish') call.hasFinished = true;
    else if (event === 'response') return isAnsweredAgain(call, req, arg as IncomingMessage);
    else if (event === 'upgrade' || event === 'connect') answered(call, arg as IncomingMessage);
    else if (event === 'error') return isFailedAgain(call, req, arg as Error);
    else if (event === 'close') closed(call, req);
    return false;
  }

  function taken(call: HttpCall, req: Called, socket: Socket): void {
    call.readBefore = req.reusedSocket ? socket.bytesRead : undefined;
    call.writtenBefore = req.reusedSocket ? socket.bytesWritten : undefined;
    const { timeoutMs } = call;
    call.timeoutMs = undefined;
    if (timeoutMs !== undefined) nextTick(() => hook.attempt(() => keepTimeout(req, socket, timeoutMs)));
    const { route } = call;
    const perTryMs = route.isRetried ? route.perTryMs : undefined;
    if (perTryMs === undefined) return;
    call.tryTimer = setTimeout(() => hook.attempt(() => triedTooLong(call, req)), perTryMs).unref();
  }

  function triedTooLong(call: HttpCall, req: Called): void {
    if (!req.destroyed && !responseOf(req) && isReplayable(req)) isSentAgain(call, req, call.route.again());
  }

  function isAnsweredAgain(call: HttpCall, req: Called, response: IncomingMessage): boolean {
    const { route } = call;
    const status = response.statusCode ?? 0;
    if (call.tryTimer) clearTimeout(call.tryTimer);
    if (route.isRetried && !req.destroyed && isReplayable(req) && isSentAgain(call, req, route.again(status)))
      return true;
    answered(call, response);
    return false;
  }

  function isFailedAgain(call: HttpCall, req: Called, error: Error): boolean {
    const { route } = call;
    if (isConnectError(error)) route.failed('refused');
    else if (req.destroyed) route.abandoned();
    else {
      if (!responseOf(req) && isReplayable(req)) {
        if (isStale(call, req, error) && isRenewed(call, req, route.afresh(), 0)) return true;
        if (route.isRetried && isSentAgain(call, req, route.again())) return true;
      }
      route.failed('reset');
    }
    return false;
  }

  function isSentAgain(call: HttpCall, req: Called, waitMs: number | undefined): boolean {
    return waitMs !== undefined && isRenewed(call, req, call.route.target, waitMs);
  }

  function isRenewed(call: HttpCall, req: Called, target: Target | undefined, waitMs: number): boolean {
    if (!target || !call.agent) return false;
    if (call.tryTimer) clearTimeout(call.tryTimer);
    call.timeoutMs = detach(req);
    const go = () => {
      try {
        if (req.destroyed) failRequest(req);
        else resend(call, req, call.route.target);
      } catch (error) {
        failRequest(req, error as Error);
      }
    };
    renew(req, call.hasFinished);
    // Not unref'ed: the call is the application's own, and may be all that keeps it alive.
    if (waitMs === 0) nextTick(go);
    else setTimeout(go, waitMs);
    return true;
  }
}

/** Ends a request when the time of its call is over. */
export function limitTime(req: ClientRequest, route: Route): void {
  if (route.limitMs === undefined) return;
  route.limit((error) => (responseOf(req) ?? req).destroy(error));
}

function answered({ route }: HttpCall, { statusCode = 0, rawHeaders }: IncomingMessage): void {
  route.answered(statusCode, saysDraining(rawHeaders));
}

const CLOSED = new Set<unknown>(['ECONNRESET', 'EPIPE']);

/** Whether a connection that was kept had been closed before the request came: nothing was read from it since. */
function isStale({ readBefore }: HttpCall, { socket }: Called, error: Error & { code?: unknown }): boolean {
  return readBefore !== undefined && socket?.bytesRead === readBefore && CLOSED.has(error.code);
}

/** An answer may break off after its head. */
function closed(call: HttpCall, req: Called): void {
  const { route, tryTimer } = call;
  const res = responseOf(req);
  if (tryTimer) clearTimeout(tryTimer);
  if (res && req.socket) carried(call, req, req.socket, res);
  if (res && isTorn(res)) route.failed('reset');
  else if (res) route.ended();
  else route.abandoned();
}

/** The bodies are what went over the connection less the heads, as Node.js wrote the one and as it read the other. */
function carried(
  { route, readBefore = 0, writtenBefore = 0 }: HttpCall,
  req: Called,
  socket: Socket,
  res: Answer,
): void {
  const { _header } = req as unknown as { _header?: string | null };
  const sent = socket.bytesWritten - writtenBefore - (_header?.length ?? 0);
  route.carried(sent, socket.bytesRead - readBefore - headLength(res));
}

const STATUS_LINE = 'HTTP/1.1 200 \r\n'.length;
const FIELD = ': \r\n'.length / 2;
const HEAD_END = '\r\n'.length;

function headLength({ statusMessage = '', rawHeaders }: IncomingMessage): number {
  let length = STATUS_LINE + statusMessage.length + HEAD_END;
  for (const text of rawHeaders) length += text.length + FIELD;
  return length;
}

/** What Node.js keeps of an answer. */
type Answer = IncomingMessage & {
  upgrade?: boolean;
  /** The application does not want it any more. */
  _dumped?: boolean;
  _readableState?: { errored?: (Error & { code?: unknown }) | null };
};

function responseOf(req: ClientRequest): Answer | null | undefined {
  return (req as unknown as { res?: Answer | null }).res;
}

/** Whether the connection was lost before all of an answer was there. */
function isTorn({ complete, upgrade, _dumped, _readableState }: Answer): boolean {
  return !complete && !upgrade && !_dumped && _readableState?.errored?.code === 'ECONNRESET';
}

/** Ends a request with an error, later, as one whose connection failed ends. */
export function failRequest(req: ClientRequest, error?: Error): void {
  (req as unknown as { onSocket(socket: null, error?: Error): void }).onSocket(null, error);
}
