import type { ClientHttp2Session } from 'node:http2';
import { isIP, type Socket } from 'node:net';
import type { Target } from '../govern/route.ts';
import { isDispatcher } from './dispatcher.ts';
import { authorityOf, socketOf, tlsOptionsOf } from './http2-internals.ts';

/** Sockets that were connected elsewhere than they were told. */
const moved = new WeakSet<Socket>();

/** Notes that a socket was connected to an instance in place of what was dialled. */
export function noteMoved(socket: Socket): void {
  moved.add(socket);
}

/** Whether a session belongs to undici, which decided before. */
export function isOfDispatcher(session: ClientHttp2Session): boolean {
  const key = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'client');
  const client = key && (session as unknown as Record<symbol, unknown>)[key];
  return typeof client === 'object' && client !== null && isDispatcher(client);
}

interface Internals {
  _handle?: { constructor: { name: string }; _parent?: { constructor: { name: string } } } | null;
  /** The request that a socket was made for, where an agent of node:http made it. */
  _httpMessage?: { method?: string } | null;
}

/**
 * Whether a socket is connected, or connects, over TCP by itself; with TLS on top where `tls.connect` made it. Not so a tunnel, a Unix socket,
 * a stream that is no socket.
 */
export function isDirect(socket: (Socket & { encrypted?: boolean }) | undefined): boolean {
  const handle = (socket as Internals | undefined)?._handle;
  if (!socket || !handle || (handle._parent ?? handle).constructor.name !== 'TCP') return false;
  const options = socket.encrypted ? tlsOptionsOf(socket) : undefined;
  if (socket.encrypted && !options) return false;
  const carrier = ((options as { socket?: unknown } | undefined)?.socket ?? socket) as Internals;
  return carrier._httpMessage?.method !== 'CONNECT';
}

/**
 * Where a session was dialled. That is its authority, save where the socket tells that this is another name: TLS was connected to a host of
 * another name than the server is to have, or it came connected to another port.
 */
export function dialledBy(session: ClientHttp2Session): Target {
  const socket = socketOf(session);
  const authority = splitAuthority(authorityOf(session));
  const options = socket?.encrypted ? (tlsOptionsOf(socket) as { host?: string; port?: number | string }) : undefined;
  if (options?.host && options.port && !isIP(options.host)) return { host: options.host, port: Number(options.port) };
  const { remoteAddress: host, remotePort: port } = socket ?? {};
  if (!socket || !host || !port || port === authority.port || moved.has(socket)) return authority;
  return { host: plainAddress(host), port };
}

/** `host:port`, IPv6 without brackets. */
function splitAuthority(authority: string): Target {
  const colon = authority.lastIndexOf(':');
  return { host: authority.slice(0, colon), port: Number(authority.slice(colon + 1)) };
}

/** An IPv4 address that is written as one of IPv6, in its own form. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:/, '');
}

/** Whether a session is connected to an instance. */
export function isConnectedTo(session: ClientHttp2Session, { host, port }: Target): boolean {
  const socket = socketOf(session);
  return socket?.remotePort === port && plainAddress(socket.remoteAddress ?? '') === host;
}
