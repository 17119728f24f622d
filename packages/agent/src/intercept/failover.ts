import { Socket } from 'node:net';
import type { Route, Target } from '../govern/route.ts';

interface Handle {
  /** Under TLS: the TCP handle. */
  readonly _parent?: object;
  close?(): void;
  onread?: unknown;
  [key: symbol]: unknown;
}

interface TlsInternals {
  _wrapHandle?(wrap: null): Handle;
  _init?(): void;
  setServername?(name: string): void;
}

type Reconnectable = Socket & TlsInternals & { _handle: Handle | null } & Record<symbol, (handle: object) => void>;

/** How Node.js itself gives a socket a fresh handle when it tries the next address of a name; not in Node.js 16. */
const REINITIALIZE = Object.getOwnPropertySymbols(Socket.prototype).find(({ description }) =>
  /^k?reinitializeHandle$/i.test(description ?? ''),
);

/** The type of a TCP handle that connects. */
const TCP_SOCKET = 0;

/**
 * Lets a connecting socket try another instance when its connection is refused, before anyone hears of it: it stays the same socket, so
 * timeouts, aborts and what is queued on it hold. When no instance is left, the first error is the one that is seen. `onMoved` is told
 * where it connects to now.
 */
export function failOver(socket: Socket, options: object, route: Route, onMoved: (target: Target) => void): void {
  if (!socket.connecting) return;
  let first: Error | undefined;
  beforeDestroy(socket, (error, destroy) => {
    if (!isConnectError(error) || socket.destroyed) return destroy(error);
    first ??= error;
    return tryNext(socket, options, route, onMoved) ? socket : destroy(first);
  });
}

/** What becomes of a socket that is to be destroyed; `destroy` does it. Returns the socket. */
type Decide = (error: Error | undefined, destroy: (error?: Error) => Socket) => Socket;

/** Lets something else decide whether a socket that is not connected yet is destroyed. */
export function beforeDestroy(socket: Socket, decide: Decide): void {
  const { destroy } = socket;
  // Set back, not deleted: a socket that lost a property is slow for as long as it lives.
  const restore = () => {
    socket.destroy = destroy;
  };
  const value = (error?: Error) =>
    decide(error, (last) => {
      restore();
      return destroy.call(socket, last);
    });
  Object.defineProperty(socket, 'destroy', { value, configurable: true, writable: true, enumerable: false });
  socket.once('connect', restore);
}

function tryNext(socket: Socket, options: object, route: Route, onMoved: (target: Target) => void): boolean {
  try {
    const target = route.next();
    if (!target) return false;
    reconnect(socket, { ...options, ...target });
    onMoved(target);
    return true;
  } catch {
    return false;
  }
}

/** Connects a socket whose connection failed anew. Throws where this version of Node.js does not allow it. */
export function reconnect(given: Socket, options: Target & { servername?: string | undefined }): void {
  const socket = given as Reconnectable;
  if (REINITIALIZE) reinitialize(socket, REINITIALIZE);
  else replaceHandle(socket, options.servername);
  socket.connect(options);
}

/** For Node.js 16: a socket without a handle makes one as it connects; under TLS it is made here, as the constructor does. */
function replaceHandle(socket: Reconnectable, servername: string | undefined): void {
  const failed = socket._handle;
  failed?.close?.();
  socket._handle = null;
  if (!failed || !socket._wrapHandle) return;
  const handle = socket._wrapHandle(null);
  for (const key of Object.getOwnPropertySymbols(failed)) handle[key] ??= failed[key];
  handle.onread = failed.onread;
  Object.assign(socket, { _handle: handle, ssl: handle });
  socket._init?.();
  if (servername) socket.setServername?.(servername);
}

function reinitialize(socket: Reconnectable, reinitializeHandle: symbol): void {
  const failed = socket._handle?._parent ?? socket._handle;
  const owner =
    failed && Object.getOwnPropertySymbols(failed).find(({ description }) => description === 'owner_symbol');
  if (!owner) throw new Error('this is not a connection as Node.js makes them');
  const Tcp = failed.constructor as new (type: number) => object;
  const handle = Object.assign(new Tcp(TCP_SOCKET), { [owner]: socket });
  socket[reinitializeHandle]?.(handle);
}

/** Whether an error says that no connection came about: nothing was sent then. */
export function isConnectError(error: unknown): error is Error {
  if (typeof error !== 'object' || error === null) return false;
  const { syscall, errors } = error as { syscall?: unknown; errors?: unknown };
  return syscall === 'connect' || (Array.isArray(errors) && errors.length > 0 && errors.every(isConnectError));
}
