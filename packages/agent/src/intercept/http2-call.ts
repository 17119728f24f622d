import type { ClientHttp2Stream } from 'node:http2';
import { nowMs } from '../clock.ts';
import type { Route } from '../govern/route.ts';
import type { Hook } from '../hook.ts';
import { alike } from './alike.ts';
import { DRAINING_HEADER } from './draining.ts';
import { type BodyCounts, bodyCountsOf } from './http2-internals.ts';
import { type Emit, emitterBefore } from './inbound.ts';

/** The way of a stream out again. */
export interface Renewal {
  /** Whether all of it can be sent again. */
  readonly isPossible: boolean;
  /** Whether it goes out again, and nobody is to hear that it was not taken. */
  begin(): boolean;
}

/** What is kept of a stream that goes to an instance. */
export class StreamCall {
  readonly route: Route;
  /** When the head of a gRPC answer came, whose status comes at its end. */
  headMs: number | undefined;
  isAnswered = false;
  /** Since the head came. */
  bodies: BodyCounts | undefined;
  /** The application closed it, or Node.js did. */
  isGivenUp = false;
  /** Node.js closed it, because its connection was lost. */
  isLost = false;
  /** How it goes out again where its peer did not take it. */
  renewal: Renewal | undefined;
  /** Its head could not be sent, and Node.js is about to close it for that. */
  isUnsent = false;
  /** The time limit that it had when the peer did not take it. */
  idle?: { readonly ms: number; readonly listeners: readonly (() => void)[] };

  constructor(route: Route) {
    this.route = route;
  }
}

export const STREAM_CALL = Symbol('fairway.call');

/** A stream that may go to an instance. */
export type Called = ClientHttp2Stream & { [STREAM_CALL]?: StreamCall };

type Headers = Readonly<Record<string, unknown>>;

/** A type of frames. */
const HEADERS = 1;
const NO_ERROR = 0;
const CANCEL = 8;

/** Learns from the events of streams of a class what became of the calls that they are. Nothing listens to them. */
export function followStreams(proto: { emit: Emit }, hook: Hook): void {
  const before = emitterBefore(proto);
  function emitFollowed(this: Called, ...args: unknown[]): boolean {
    try {
      hear(this, this[STREAM_CALL] as StreamCall, args[0], args[1]);
    } catch (error) {
      hook.fault(error);
    }
    return before.emit.apply(this, args);
  }
  // The arguments are used once, and so never made into an array.
  proto.emit = function (this: Called, ...args: unknown[]): boolean {
    return (this[STREAM_CALL] === undefined ? before.emit : emitFollowed).apply(this, args);
  };
  alike(proto, 'emit', before.emit);
}

function hear(stream: Called, call: StreamCall, event: unknown, arg: unknown): void {
  if (event === 'response') headed(stream, call, arg as Headers);
  else if (event === 'trailers') judge(call, (arg as Headers)['grpc-status']);
  else if (event === 'close') closed(stream, call);
  else if (event === 'frameError') call.isUnsent = arg === HEADERS && call.renewal?.isPossible === true;
}

function headed(stream: Called, call: StreamCall, headers: Headers): void {
  if (DRAINING_HEADER in headers) call.route.leaving();
  const status = headers['grpc-status'];
  const isGrpc = String(headers['content-type']).startsWith('application/grpc');
  call.headMs = nowMs();
  call.bodies = bodyCountsOf(stream);
  if (isGrpc && status === undefined) return;
  if (isGrpc) judge(call, status);
  else answered(call, Number(headers[':status']));
}

/** The answer counts from when its head was there. */
function judge(call: StreamCall, status: unknown): void {
  if (status !== undefined && !call.isAnswered) answered(call, httpStatusOf(status));
}

function answered(call: StreamCall, status: number): void {
  call.isAnswered = true;
  call.route.answered(status, false, call.headMs);
}

function closed({ rstCode }: Called, call: StreamCall): void {
  const { route, headMs, bodies } = call;
  if (bodies) route.carried(bodies.bytesWritten, bodies.bytesRead);
  const isCancelled = rstCode === CANCEL && !call.isLost;
  if (isCancelled && headMs !== undefined && !call.isAnswered) answered(call, HTTP_STATUS[0] as number);
  if (isCancelled || (headMs === undefined && !rstCode)) route.abandoned();
  else if (rstCode === undefined || rstCode === NO_ERROR) route.ended();
  else route.failed('reset');
}

/** The HTTP status that a status of gRPC means. */
export function httpStatusOf(grpcStatus: unknown): number {
  return HTTP_STATUS[Number(grpcStatus)] ?? 500;
}

/** HTTP statuses that the statuses of gRPC mean, by their number. */
const HTTP_STATUS: readonly number[] = [
  200, // OK
  499, // CANCELLED
  500, // UNKNOWN
  400, // INVALID_ARGUMENT
  504, // DEADLINE_EXCEEDED
  404, // NOT_FOUND
  409, // ALREADY_EXISTS
  403, // PERMISSION_DENIED
  429, // RESOURCE_EXHAUSTED
  400, // FAILED_PRECONDITION
  409, // ABORTED
  400, // OUT_OF_RANGE
  501, // UNIMPLEMENTED
  500, // INTERNAL
  503, // UNAVAILABLE
  500, // DATA_LOSS
  401, // UNAUTHENTICATED
];
