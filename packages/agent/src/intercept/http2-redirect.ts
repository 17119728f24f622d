import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Decided, Governor } from '../govern/governor.ts';
import type { OutboundCall } from '../govern/outbound.ts';
import type { Route, Target } from '../govern/route.ts';
import type { Hook } from '../hook.ts';
import { beforeDestroy, isConnectError, reconnect } from './failover.ts';
import { isDirect, noteMoved } from './http2-address.ts';
import { socketOf, tlsOptionsOf } from './http2-internals.ts';

/**
 * Lets a session that is connecting, to a service whose name does not resolve or which refuses, connect to an instance of it instead. A
 * session that connects is left alone.
 */
export function redirectUnreached(
  session: ClientHttp2Session,
  call: () => OutboundCall,
  governor: Governor,
  hook: Hook,
): void {
  const socket = socketOf(session);
  if (!socket?.connecting || !isDirect(socket)) return;
  let first: Error | undefined;
  let route: Route | undefined;
  beforeDestroy(socket, (error, destroy) => {
    const go = (target: Target | undefined) => {
      const isMoved = target && hook.attempt(() => connectTo(socket, target));
      if (isMoved) return;
      route?.failed('refused');
      destroy(first);
    };
    const begin = (verdict: Decided | undefined) => {
      if (socket.destroyed) return;
      if (verdict?.kind !== 'send') destroy(verdict?.kind === 'refuse' ? verdict.error : first);
      else {
        route = verdict.route;
        socket.once('connect', () => route?.ended());
        go(route.target);
      }
    };
    if (!isUnreached(error) || socket.destroyed) return destroy(error);
    first ??= error;
    if (route) go(hook.attempt(() => route?.next()));
    else {
      const verdict = hook.attempt(() => governor.outbound(call(), begin));
      if (verdict !== 'held') begin(verdict);
    }
    return socket;
  });
}

function isUnreached(error: unknown): error is Error {
  return isConnectError(error) || (error as { syscall?: unknown } | undefined)?.syscall === 'getaddrinfo';
}

function connectTo(socket: Socket & { encrypted?: boolean }, target: Target): boolean {
  reconnect(socket, { ...(socket.encrypted ? tlsOptionsOf(socket) : undefined), ...target });
  noteMoved(socket);
  return true;
}
