import { Buffer } from 'node:buffer';
import process from 'node:process';
import { setTimeout } from 'node:timers';
import type { Failure, Route, Target } from '../govern/route.ts';
import type { Hook } from '../hook.ts';
import type { DispatchOptions } from './dispatch-option.ts';
import type { DispatchHandler } from './dispatcher.ts';
import { DRAINING_HEADER, saysDraining } from './draining.ts';
import { isConnectError } from './failover.ts';

/** Taken now: applications under test replace it. */
const { nextTick } = process;

/** A dispatch that goes to an instance. */
export interface DispatchCall {
  readonly route: Route;
  readonly options: DispatchOptions;
  /** Dispatches it again. */
  go(target: Target): boolean;
}

/** Gives a request up, by both forms of handlers. */
type Abort = (reason: Error) => void;

/** One call, while its handler hears of it. */
class Following {
  readonly call: DispatchCall;
  readonly handler: DispatchHandler;
  abort: Abort | undefined;
  hasHead = false;
  /** The handler was told of the body as it went: some versions do not tell all handlers. */
  hasSent = false;
  /** What comes of the attempt that was given up is kept from the handler. */
  isBetween = false;
  /** The handler was told that its time is over, before there was a connection to end. */
  isOver = false;
  refusal: Error | undefined;
  tryTimer: NodeJS.Timeout | undefined;

  constructor(call: DispatchCall, handler: DispatchHandler) {
    this.call = call;
    this.handler = handler;
  }
}

const FOLLOWING = Symbol('fairway.following');

type Followed = DispatchHandler & { [FOLLOWING]?: Following };

/** Kept from handlers: the attempt was given up for another. */
const GIVEN_UP = new Error('another attempt is made');

/**
 * Learns from what a handler is told what became of a call, and dispatches it again where it may be. Handlers hold private fields, so the
 * one that was given is changed, not wrapped; one that is dispatched again by its owner is not changed again.
 */
export function followDispatch(call: DispatchCall, handler: DispatchHandler, hook: Hook): void {
  const followed = handler as Followed;
  const isKnown = followed[FOLLOWING] !== undefined;
  const following = new Following(call, handler);
  Object.defineProperty(handler, FOLLOWING, { value: following, configurable: true, writable: true });
  if (call.route.limitMs !== undefined) call.route.limit((error) => end(following, error));
  if (!isKnown) for (const name of EVENTS) tap(followed, name, hook);
}

/** What handlers are told, with what to make of it: whether it is kept from them. */
const HEARD: Readonly<Record<string, (following: Following, args: unknown[]) => boolean>> = {
  onConnect: (following, [abort]) => started(following, abort as Abort),
  onRequestStart: (following, [controller]) =>
    started(following, (reason) => (controller as { abort(reason: Error): void }).abort(reason)),
  onHeaders: (following, [status, headers]) => answered(following, Number(status), headers),
  onResponseStart: (following, [, status, headers]) => answered(following, Number(status), headers),
  onUpgrade: (following, [status, headers]) => upgraded(following, Number(status), headers),
  onRequestUpgrade: (following, [, status, headers]) => upgraded(following, Number(status), headers),
  onBodySent: (following, [chunk]) => sent(following, chunk),
  onData: (following, [chunk]) => received(following, chunk),
  onResponseData: (following, [, chunk]) => received(following, chunk),
  onComplete: (following) => ended(following),
  onResponseEnd: (following) => ended(following),
  onError: (following, args) => failed(following, args, 0),
  onResponseError: (following, args) => failed(following, args, 1),
};

const EVENTS = Object.keys(HEARD) as (keyof DispatchHandler)[];

function tap(handler: Followed, name: keyof DispatchHandler, hook: Hook): void {
  const original = handler[name] as ((...args: unknown[]) => unknown) | undefined;
  if (!original && name !== 'onBodySent' && !(name.startsWith('onResp') && handler.onRequestStart)) return;
  const tapped = function (this: Followed, ...args: unknown[]): unknown {
    const following = handler[FOLLOWING];
    try {
      if (following && HEARD[name]?.(following, args)) return true;
    } catch (error) {
      hook.fault(error);
    }
    return original && Reflect.apply(original, this, args);
  };
  Object.assign(handler, { [name]: tapped });
}

function started(following: Following, abort: Abort): boolean {
  if (following.isOver) {
    abort(GIVEN_UP);
    return true;
  }
  following.abort = abort;
  const { route } = following.call;
  if (route.perTryMs !== undefined && isReplayable(following)) {
    following.tryTimer = setTimeout(() => giveUpFor(following, route.again()), route.perTryMs).unref();
  }
  return false;
}

/** Whether all of a request is its head, and a policy may ask for it to be sent again. */
function isReplayable({ call, hasHead }: Following): boolean {
  const { body, upgrade } = call.options;
  return !hasHead && (body === undefined || body === null) && !upgrade;
}

function answered(following: Following, status: number, headers: unknown): boolean {
  if (status < 200) return false;
  const { route } = following.call;
  if (route.isRetried && isReplayable(following) && giveUpFor(following, route.again(status))) return true;
  clearTry(following);
  following.hasHead = true;
  route.answered(status, isLeaving(headers));
  return false;
}

function sent(following: Following, chunk: unknown): boolean {
  following.hasSent = true;
  following.call.route.carried(sizeOf(chunk), 0);
  return false;
}

function received({ call }: Following, chunk: unknown): boolean {
  call.route.carried(0, sizeOf(chunk));
  return false;
}

/** Of a body or a piece of one; 0 where it does not tell. */
function sizeOf(chunk: unknown): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk) : ((chunk as Uint8Array | undefined)?.byteLength ?? 0);
}

function upgraded(following: Following, status: number, headers: unknown): boolean {
  following.call.route.answered(status, isLeaving(headers));
  return ended(following);
}

function ended(following: Following): boolean {
  clearTry(following);
  const { route, options } = following.call;
  if (!following.hasSent) route.carried(sizeOf(options.body), 0);
  route.ended();
  return false;
}

/** Ends the attempt, and makes another after a while. Whether it does. */
function giveUpFor(following: Following, waitMs: number | undefined): boolean {
  if (waitMs === undefined || !following.abort) return false;
  following.isBetween = true;
  following.abort(GIVEN_UP);
  goLater(following, waitMs);
  return true;
}

function goLater(following: Following, waitMs: number): void {
  clearTry(following);
  const { call } = following;
  const go = () => {
    following.isBetween = false;
    if (following.isOver) return;
    try {
      call.go(call.route.target);
    } catch (error) {
      failDispatch(following.handler, error as Error);
    }
  };
  // Not unref'ed: the call is the application's own, and may be all that keeps it alive.
  if (waitMs === 0) nextTick(go);
  else setTimeout(go, waitMs);
}

/** `at`: which argument is the error. The first refusal is the one that is seen. */
function failed(following: Following, args: unknown[], at: number): boolean {
  const error = args[at] as Error;
  if (following.isBetween || following.isOver) return true;
  clearTry(following);
  const { route, go } = following.call;
  if (isRefused(error)) {
    following.refusal ??= error;
    const target = route.next();
    if (target) {
      go(target);
      return true;
    }
    args[at] = following.refusal;
  }
  const failure = failureOf(error);
  if (failure === undefined) route.abandoned();
  else if (isSentAgain(following, error)) return true;
  else route.failed(failure);
  return false;
}

function isSentAgain(following: Following, error: Error): boolean {
  const { route } = following.call;
  if (!isReplayable(following) || isRefused(error)) return false;
  const waitMs = isStale(error) && route.afresh() ? 0 : route.isRetried ? route.again() : undefined;
  if (waitMs === undefined) return false;
  goLater(following, waitMs);
  return true;
}

function clearTry(following: Following): void {
  if (following.tryTimer) clearTimeout(following.tryTimer);
  following.tryTimer = undefined;
}

/** Ends a call whose time is over; where there is no connection to end, its handler is told here. */
function end(following: Following, error: Error): void {
  if (following.abort && !following.isBetween) {
    following.abort(error);
    return;
  }
  following.isBetween = false;
  failDispatch(following.handler, error);
  following.isOver = true;
}

/** Tells a handler of an error that came before any connection. */
export function failDispatch(handler: DispatchHandler, error: Error): void {
  if (handler.onResponseError)
    handler.onResponseError({ aborted: false, reason: null, abort() {}, pause() {}, resume() {} }, error);
  else handler.onError?.(error);
}

type Coded = Error & { code?: unknown; socket?: { bytesRead?: number } };

function isRefused(error: Error): boolean {
  return isConnectError(error) || (error as Coded).code === 'UND_ERR_CONNECT_TIMEOUT';
}

const FAILURES: Readonly<Record<string, Failure>> = {
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
};

/** What an error says of the instance; undefined: nothing. */
function failureOf(error: Error): Failure | undefined {
  return isRefused(error) ? 'refused' : FAILURES[String((error as Coded).code)];
}

/** Whether a connection was closed that had been used before. Where undici does not say what was read from it, it may have been. */
function isStale(error: Error): boolean {
  const { code, socket } = error as Coded;
  if (code === 'UND_ERR_SOCKET') return (socket?.bytesRead ?? 0) > 0;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Both forms of headers: a list of names and values as they were read, and an object. */
function isLeaving(headers: unknown): boolean {
  if (!Array.isArray(headers)) return typeof headers === 'object' && headers !== null && DRAINING_HEADER in headers;
  return saysDraining(headers);
}
