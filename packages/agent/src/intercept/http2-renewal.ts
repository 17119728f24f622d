import type { ClientHttp2Stream } from 'node:http2';
import type { Hook } from '../hook.ts';
import { alike } from './alike.ts';
import { type Called, STREAM_CALL, type StreamCall } from './http2-call.ts';
import { socketOf } from './http2-internals.ts';

const REFUSED_STREAM = 7;

type Proto = Pick<ClientHttp2Stream, 'close' | 'destroy' | 'setTimeout'>;

/**
 * Lets streams go out again that their peers say that they did not take, before anybody hears of it: those that were refused, and those that
 * a GOAWAY leaves out. Node.js closes such a stream without a word, and then destroys it. One that was started in the read in which the
 * GOAWAY came could not even be sent: Node.js tells of that first, and closes it by its method then, or a moment later. `proto`: of the class
 * of all streams of HTTP/2, which has these methods.
 */
export function renewUntaken(proto: Proto, hook: Hook): void {
  const { close, destroy, setTimeout } = proto;

  proto.close = function (this: Called, ...args: Parameters<typeof close>) {
    const call = this[STREAM_CALL];
    if (call?.isUnsent) call.isUnsent = false;
    else {
      if (call) hook.attempt(() => giveUp(this, call));
      Reflect.apply(close, this, args);
    }
  };
  proto.setTimeout = function (this: Called, ...args: Parameters<typeof setTimeout>) {
    if (args[0] === 0 && isUntaken(this)) hook.attempt(() => keepTimeout(this));
    return Reflect.apply(setTimeout, this, args);
  };
  proto.destroy = function (this: Called, ...args: Parameters<typeof destroy>) {
    const isRenewed = args[0] === undefined && isUntaken(this) && hook.attempt(() => renewed(this));
    return isRenewed ? this : Reflect.apply(destroy, this, args);
  };
  alike(proto, 'close', close);
  alike(proto, 'setTimeout', setTimeout);
  alike(proto, 'destroy', destroy);
}

/** By the same method as the application, Node.js closes all streams of a connection that was lost. */
function giveUp({ session }: Called, call: StreamCall): void {
  call.isGivenUp = true;
  call.isLost = session !== undefined && socketOf(session)?.destroyed === true;
}

function isUntaken(stream: Called): boolean {
  const call = stream[STREAM_CALL];
  if (!call?.renewal?.isPossible || call.isGivenUp || call.headMs !== undefined) return false;
  return stream.rstCode === REFUSED_STREAM && !stream.destroyed;
}

/** Node.js takes the time limit of a stream away as it closes it. */
function keepTimeout(stream: Called): void {
  const { timeout } = stream as unknown as { timeout?: number };
  const call = stream[STREAM_CALL];
  if (call && timeout) call.idle = { ms: timeout, listeners: stream.rawListeners('timeout') as (() => void)[] };
}

function renewed(stream: Called): boolean {
  const call = stream[STREAM_CALL];
  if (!call?.renewal?.begin()) return false;
  const { idle } = call;
  delete call.idle;
  if (!idle) return true;
  stream.setTimeout(idle.ms);
  for (const listener of idle.listeners) stream.on('timeout', listener);
  return true;
}
