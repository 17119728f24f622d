import type { FastifyRequest } from 'fastify';
import { SESSION_MS } from './session-book.ts';

const SESSION = 'fairway_session';
/** Of a browser that was sent to an OpenID provider. */
const DEPARTURE = 'fairway_oidc';
const DEPARTURE_SECONDS = 600;
const MAX_LENGTH = 256;

/** The secret of a session that a request bears; null: none. */
export function sessionSecretOf(request: FastifyRequest): string | null {
  return cookieOf(request, SESSION);
}

/** The secret of a sign-in that was begun in this browser; null: none. */
export function departureSecretOf(request: FastifyRequest): string | null {
  return cookieOf(request, DEPARTURE);
}

function cookieOf({ headers }: FastifyRequest, wanted: string): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value = ''] = pair.trim().split('=');
    if (name === wanted) return value.length > 0 && value.length <= MAX_LENGTH ? value : null;
  }
  return null;
}

/** Keeps a secret where scripts can't read it, for requests of our own pages; null: forgets it. */
export function sessionCookie(request: FastifyRequest, secret: string | null): string {
  const age = secret === null ? 0 : SESSION_MS / 1000;
  return `${SESSION}=${secret ?? ''}; Path=/api; Max-Age=${age}; HttpOnly; SameSite=Strict${secure(request)}`;
}

/** The same until the browser comes back from the provider, by a link of another site. */
export function departureCookie(request: FastifyRequest, secret: string | null): string {
  const age = secret === null ? 0 : DEPARTURE_SECONDS;
  return `${DEPARTURE}=${secret ?? ''}; Path=/api/v1/oidc; Max-Age=${age}; HttpOnly; SameSite=Lax${secure(request)}`;
}

/** Said by whoever: it only makes a cookie stricter. */
function secure({ protocol, headers }: FastifyRequest): string {
  return protocol === 'https' || headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
}
