import { FairwayError, invalid, LABEL_PATTERN } from '@fairway/model';
import { authorOf, boundTo, tokenOf } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { objectSchema, text } from '../http/schema.ts';
import type { Store, TokenRecord } from '../store/store.ts';
import { ROLES, type Role } from '../token/role.ts';
import { issueToken, type TokenBook, type TokenOrder } from '../token/token.ts';
import { ME, NEW_TOKEN, TOKENS } from './wire-schema.ts';

export interface TokenRouteParts {
  readonly tokens: TokenBook;
  readonly store: Store;
  readonly nowMs: () => number;
  /** Called with the id of a token that is no longer valid. */
  readonly revoked: (id: string) => void;
}

/** Tokens: listed without their secrets, made, taken back; and what the token at hand is. */
export function tokenRoutes(parts: TokenRouteParts): Route[] {
  return [meRoute(), listRoute(parts), createRoute(parts), removeRoute(parts)];
}

function meRoute(): Route {
  return {
    method: 'GET',
    path: '/api/v1/me',
    access: 'viewer',
    summary: 'Tells who asks, and what they may do.',
    answer: ME,
    scope: boundTo,
    handle(request) {
      const { name, role, namespace, csrf } = tokenOf(request);
      return { name, role, namespace, csrf };
    },
  };
}

function listRoute({ tokens }: TokenRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/tokens',
    access: 'admin',
    summary: 'Lists tokens, without their secrets.',
    answer: TOKENS,
    handle: () => ({ items: tokens.all().map(({ hash: _secret, ...token }) => token) }),
  };
}

function createRoute({ tokens, store, nowMs }: TokenRouteParts): Route {
  return {
    method: 'POST',
    path: '/api/v1/tokens',
    access: 'admin',
    summary:
      'Makes a token. The secret is in this answer and nowhere else. Of agents it is bound to a namespace, of others it may be.',
    body: objectSchema({
      name: text(128),
      role: { type: 'string', enum: ROLES },
      'namespace?': { type: 'string', pattern: LABEL_PATTERN },
    }),
    answer: NEW_TOKEN,
    async handle(request) {
      const order = orderOf(request.body as { name: string; role: Role; namespace?: string });
      const at = new Date(nowMs()).toISOString();
      const author = authorOf(request);
      const { secret, record } = issueToken(order, author, at);
      await store.addToken(record, entryOf('token-created', record, author, at));
      tokens.add(record);
      return { id: record.id, ...order, token: secret };
    },
  };
}

function removeRoute({ tokens, store, nowMs, revoked }: TokenRouteParts): Route {
  return {
    method: 'DELETE',
    path: '/api/v1/tokens/:id',
    access: 'admin',
    summary: 'Takes a token back. Streams that it opened end at once.',
    async handle(request) {
      const { id } = request.params as { id: string };
      const token = tokens.get(id);
      if (!token) throw new FairwayError('FAIRWAY_NOT_FOUND', `there is no token ${id}`);
      if (isLastAdmin(tokens, token)) {
        throw new FairwayError('FAIRWAY_CONFLICT', 'it is the last admin token: make another one before');
      }
      const at = new Date(nowMs()).toISOString();
      await store.removeToken(id, entryOf('token-deleted', token, authorOf(request), at));
      tokens.remove(id);
      revoked(id);
    },
  };
}

function orderOf({ name, role, namespace }: { name: string; role: Role; namespace?: string }): TokenOrder {
  if (role === 'agent' && namespace === undefined) {
    throw invalid('the token', [{ path: 'namespace', found: 'nothing', expected: 'the namespace of the agent' }]);
  }
  return { name, role, namespace: namespace ?? null };
}

function isLastAdmin(tokens: TokenBook, token: TokenRecord): boolean {
  const rules = ({ role, namespace }: TokenRecord) => role === 'admin' && namespace === null;
  return rules(token) && tokens.all().filter(rules).length === 1;
}

function entryOf(action: string, token: TokenRecord, author: string, at: string) {
  return { at, author, action, target: `${token.role} token ${token.name}`, revision: null, reason: null };
}
