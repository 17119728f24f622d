import { FairwayError } from '@fairway/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TokenRecord } from '../store/store.ts';
import type { Role } from '../token/role.ts';
import type { TokenBook } from '../token/token.ts';
import { sessionSecretOf } from '../user/cookie.ts';
import { isOwn, type SessionBook } from '../user/session-book.ts';
import { clientOf } from './client-address.ts';
import type { FailedAttempts } from './failed-attempts.ts';

/** Who may use a route: anyone; a token of at least this role; agents. */
export type Access = 'none' | Role;

const ALLOWED: Readonly<Record<Exclude<Access, 'none'>, readonly Role[]>> = {
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
  agent: ['agent'],
};
const MAX_TOKEN_LENGTH = 256;

/** Who asks, and what they may do. `id`: of the token, or of the session. */
export type Principal = Pick<TokenRecord, 'id' | 'name' | 'role' | 'namespace'> & {
  /** Of the session; null: it is a token. */
  readonly csrf: string | null;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Who asks, by token or session; null on routes that need neither. */
    token: Principal | null;
  }
}

/** Who makes a request, on a route that needs to know. */
export function tokenOf(request: FastifyRequest): Principal {
  if (!request.token) throw new FairwayError('FAIRWAY_UNAUTHENTICATED', 'no token was given');
  return request.token;
}

/** Who signs what a request changes: the name of its token, or of who is signed in. */
export function authorOf(request: FastifyRequest): string {
  return tokenOf(request).name;
}

/** The namespace that the token of a request is bound to; null: none, or it is an agent's, whose routes see to that. */
export function boundTo({ token }: FastifyRequest): string | null {
  return token && token.role !== 'agent' ? token.namespace : null;
}

/**
 * A token of one namespace is for what is about that namespace. `about` null: about all of them.
 * @throws FairwayError FAIRWAY_FORBIDDEN
 */
export function confine(request: FastifyRequest, about: string | null): void {
  const own = boundTo(request);
  if (own === null || about === own) return;
  const what = about === null ? 'all namespaces' : `namespace ${about}`;
  throw new FairwayError('FAIRWAY_FORBIDDEN', `the token is for namespace ${own}, this is about ${what}`);
}

/**
 * A hook that lets a request through when its token or session is valid and has a role that the route admits. Routes that do not
 * say whom they admit, and unknown ones, admit any valid token.
 * @throws FairwayError FAIRWAY_UNAUTHENTICATED, FAIRWAY_RATE_LIMITED, FAIRWAY_FORBIDDEN
 */
export function authenticate(tokens: TokenBook, sessions: SessionBook, failed: FailedAttempts, nowMs: () => number) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const access = request.routeOptions.config.access;
    if (access === 'none') return;
    const secret = bearerOf(request.headers.authorization);
    const token = secret === null ? bySession(request, sessions, nowMs()) : byToken(tokens, secret);
    if (!token) throw refusal(reply, failed.add(clientOf(request), nowMs()));
    request.token = token;
    if (access && !ALLOWED[access].includes(token.role)) {
      const roles = ALLOWED[access].join(' or ');
      throw new FairwayError('FAIRWAY_FORBIDDEN', `a token of role ${token.role} may not do this; it takes ${roles}`);
    }
  };
}

function byToken(tokens: TokenBook, secret: string): Principal | undefined {
  const token = tokens.verify(secret);
  return token && { ...token, csrf: null };
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Who is signed in. What changes something must come from a page that knows the session. @throws FairwayError FAIRWAY_FORBIDDEN */
function bySession(request: FastifyRequest, sessions: SessionBook, nowMs: number): Principal | undefined {
  const secret = sessionSecretOf(request);
  const found = secret === null ? undefined : sessions.verify(secret, nowMs);
  if (!found) return undefined;
  const { session, user } = found;
  if (!SAFE.has(request.method) && !isOwn(session, request.headers['x-fairway-csrf'])) {
    throw new FairwayError('FAIRWAY_FORBIDDEN', 'the request does not bear the csrf of its session as x-fairway-csrf');
  }
  return { id: session.hash, name: user.name, role: user.role, namespace: user.namespace, csrf: session.csrf };
}

function bearerOf(header: string | undefined): string | null {
  const secret = header?.startsWith('Bearer ') ? header.slice(7).trim() : '';
  return secret.length > 0 && secret.length <= MAX_TOKEN_LENGTH ? secret : null;
}

function refusal(reply: FastifyReply, retryMs: number): FairwayError {
  reply.header('www-authenticate', 'Bearer');
  if (retryMs === 0) {
    return new FairwayError(
      'FAIRWAY_UNAUTHENTICATED',
      'no valid token was given: expected Authorization: Bearer fwy_…',
    );
  }
  reply.header('retry-after', Math.ceil(retryMs / 1000));
  return new FairwayError('FAIRWAY_RATE_LIMITED', 'too many requests without a valid token from this address');
}
