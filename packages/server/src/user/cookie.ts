import type { FastifyRequest } from 'fastify';
import { SESSION_MS } from './session-book.ts';

const NAME = 'fairway_session';
const MAX_LENGTH = 256;

/** The secret of a session that a request bears; null: none. */
export function sessionSecretOf({ headers }: FastifyRequest): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value = ''] = pair.trim().split('=');
    if (name === NAME) return value.length > 0 && value.length <= MAX_LENGTH ? value : null;
  }
  return null;
}

/** Keeps a secret where scripts can't read it, for requests of our own pages; null: forgets it. */
export function sessionCookie(request: FastifyRequest, secret: string | null): string {
  // Said by whoever: it only makes the cookie stricter.
  const isSecure = request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
  const age = secret === null ? 0 : SESSION_MS / 1000;
  return `${NAME}=${secret ?? ''}; Path=/api; Max-Age=${age}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}
