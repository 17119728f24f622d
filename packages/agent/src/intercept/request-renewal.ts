import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

/** What Node.js keeps of a request that was sent. */
interface Internals {
  _header: string | null;
  _headerSent: boolean;
  outputData?: unknown[];
  outputSize?: number;
  timeoutCb?: (() => void) | null;
  parser?: unknown;
  res?: unknown;
  socket: (Socket & { _httpMessage?: object; _hadError?: boolean }) | null;
  reusedSocket: boolean;
}

/** What says that a request has a body, or takes its connection over. */
const NOT_REPLAYABLE = /\r\n(?:transfer-encoding|expect|upgrade):|\r\ncontent-length: *0*[1-9]/i;

/** Whether all of a request is its head, which was sent. */
export function isReplayable(req: ClientRequest): boolean {
  const { _header: head, _headerSent, socket, outputData } = req as unknown as Internals;
  if (!socket || !head || !_headerSent || !Array.isArray(outputData) || !req.finished) return false;
  return !NOT_REPLAYABLE.test(head);
}

/** What an abandoned socket finds in place of its request. */
class Nobody {
  readonly socket: Socket;
  destroyed = false;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  emit(): boolean {
    return false;
  }
}

/** Ends the connection of a request, which hears no more of it. Returns the time limit that the socket had. */
export function detach(req: ClientRequest): number | undefined {
  const { socket } = req as unknown as Internals;
  if (!socket) return undefined;
  socket._httpMessage = new Nobody(socket);
  socket._hadError = true;
  socket.destroy();
  return socket.timeout || undefined;
}

/** Makes a request whose connection was taken from it like one that was not sent: what it says waits for another. */
export function renew(given: ClientRequest, hasFinished: boolean): void {
  const req = given as unknown as Internals;
  const head = req._header as string;
  const done = hasFinished ? undefined : () => given.emit('finish');
  Object.assign(req, { socket: null, res: null, parser: null, reusedSocket: false });
  req.outputData = [{ data: head, encoding: 'latin1', callback: done }];
  req.outputSize = head.length;
}

/** Hands a time limit on to the next socket of a request, with what Node.js does when it passes. */
export function keepTimeout(given: ClientRequest, socket: Socket, timeoutMs: number): void {
  const { timeoutCb } = given as unknown as Internals;
  socket.setTimeout(timeoutMs);
  if (timeoutCb && !socket.listeners('timeout').includes(timeoutCb)) socket.once('timeout', timeoutCb);
}
