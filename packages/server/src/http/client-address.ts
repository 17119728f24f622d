import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { isSameSecret } from './same-secret.ts';

/** On a request that another replica passes on: the secret of the one that it is passed to, and who asked. */
export const CARRIED_HEADER = 'x-fairway-carried';

const clients = new WeakMap<IncomingMessage, string>();

/** The value of {@link CARRIED_HEADER} for a request. */
export function carriedMark(request: IncomingMessage, secret: string): string {
  return `${secret} ${request.socket.remoteAddress ?? ''}`;
}

/** Remembers who asked, where a replica says so that knows `secret`. What others say of it is not believed. */
export function rememberCarried(request: IncomingMessage, secret: string | undefined): void {
  const { [CARRIED_HEADER]: mark } = request.headers;
  delete request.headers[CARRIED_HEADER];
  if (typeof mark !== 'string' || secret === undefined) return;
  const [told = '', address] = mark.split(' ', 2);
  if (address && isSameSecret(secret, told)) clients.set(request, address);
}

/** The address of whoever asked, also by way of another replica. */
export function clientOf({ raw, ip }: FastifyRequest): string {
  return clients.get(raw) ?? ip;
}
