import { FairwayError, invalid, LABEL_PATTERN } from '@fairway/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ME } from '../api/wire-schema.ts';
import { authorOf, boundTo, tokenOf } from '../http/auth.ts';
import { clientOf } from '../http/client-address.ts';
import { FailedAttempts } from '../http/failed-attempts.ts';
import type { Route } from '../http/route.ts';
import { listOf, nullable, objectSchema, text } from '../http/schema.ts';
import type { AuditEntry, Store, UserRecord } from '../store/store.ts';
import { PERSONAL_ROLES, type PersonalRole } from '../token/role.ts';
import { departureCookie, departureSecretOf, sessionCookie } from './cookie.ts';
import type { Oidc, OidcPerson } from './oidc.ts';
import { hashPassword, isPassword } from './password.ts';
import { newSession, type SessionBook } from './session-book.ts';

/** Failed sign-ins that are answered: of one address a minute, and for one name in ten. */
const MAX_BY_ADDRESS = 10;
const MAX_BY_NAME = 20;
const MINUTE_MS = 60_000;
/** Browsers of one address that are sent to a provider in a minute. */
const MAX_DEPARTURES = 60;

const NAME = { type: 'string', pattern: '^[A-Za-z0-9._@-]{1,128}$', description: 'a name of letters, digits, . _ @ -' };
const PASSWORD = {
  type: 'string',
  minLength: 12,
  maxLength: 256,
  writeOnly: true,
  description: '12 to 256 characters',
};
const GIVEN = { type: 'string', minLength: 1, maxLength: 256, writeOnly: true };
const ROLE = { type: 'string', enum: PERSONAL_ROLES, description: `one of ${PERSONAL_ROLES.join(', ')}` };
const NAMESPACE = { type: 'string', pattern: LABEL_PATTERN };
const USER = objectSchema({
  name: NAME,
  role: ROLE,
  namespace: nullable(NAMESPACE),
  createdAt: { type: 'string', format: 'date-time' },
  author: text(256),
});

export interface UserRouteParts {
  readonly book: SessionBook;
  readonly store: Store;
  readonly nowMs: () => number;
  /** undefined: nobody signs in by an OpenID provider. */
  readonly oidc: Oidc | undefined;
  /** Called with the id of a session that is no longer valid. */
  readonly revoked: (id: string) => void;
}

/** People who sign in with a password: sign-in and out, one's own password, and who there is. */
export function userRoutes(parts: UserRouteParts): Route[] {
  return [
    signInRoute(parts),
    waysRoute(parts),
    ...oidcRoutes(parts),
    signOutRoute(parts),
    passwordRoute(parts),
    listRoute(parts),
    createRoute(parts),
    changeRoute(parts),
    removeRoute(parts),
  ];
}

function signInRoute(parts: UserRouteParts): Route {
  const byAddress = new FailedAttempts(MAX_BY_ADDRESS, MINUTE_MS);
  const byName = new FailedAttempts(MAX_BY_NAME, 10 * MINUTE_MS);
  return {
    method: 'POST',
    path: '/api/v1/session',
    access: 'none',
    summary:
      'Signs in: sets a cookie that scripts cannot read. Requests that change something bear the `csrf` of the answer as x-fairway-csrf.',
    body: objectSchema({ name: text(128), password: GIVEN }),
    answer: ME,
    async handle(request, reply) {
      const { name, password } = request.body as { name: string; password: string };
      const { book, nowMs } = parts;
      const left = Math.max(byAddress.left(clientOf(request), nowMs()), byName.left(name, nowMs()));
      if (left > 0) throw tooMany(reply, left);
      const user = book.user(name);
      if (!(await isPassword(password, user?.hash)) || !user) {
        byAddress.add(clientOf(request), nowMs());
        byName.add(name, nowMs());
        throw new FairwayError('FAIRWAY_UNAUTHENTICATED', 'the name or the password is not right');
      }
      return begin(parts, user, request, reply);
    },
  };
}

/** A session of its own, whatever cookie came with the request. */
async function begin(
  { book, store, nowMs }: UserRouteParts,
  user: UserRecord,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { name, role, namespace } = user;
  const { secret, record } = newSession(name, nowMs());
  const surplus = book.surplus(name, nowMs());
  await store.saveSession(record, surplus);
  book.remove(surplus);
  book.add(record);
  reply.header('set-cookie', sessionCookie(request, secret));
  return { name, role, namespace, csrf: record.csrf };
}

function waysRoute({ oidc }: UserRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/session',
    access: 'none',
    summary: 'Tells how one may sign in here.',
    answer: objectSchema({ oidc: { type: 'boolean' } }),
    handle: () => ({ oidc: oidc !== undefined }),
  };
}

function oidcRoutes(parts: UserRouteParts): Route[] {
  const provider = () => {
    if (parts.oidc) return parts.oidc;
    throw new FairwayError('FAIRWAY_NOT_FOUND', 'no OpenID provider is configured: fairway up --oidc');
  };
  const departures = new FailedAttempts(MAX_DEPARTURES, MINUTE_MS);
  return [
    {
      method: 'GET',
      path: '/api/v1/oidc/login',
      access: 'none',
      summary: 'Sends a browser to the OpenID provider.',
      async handle(request, reply) {
        const oidc = provider();
        const leftMs = departures.add(clientOf(request), parts.nowMs());
        if (leftMs > 0) throw tooMany(reply, leftMs);
        const { url, secret } = await oidc.begin();
        return reply.header('set-cookie', departureCookie(request, secret)).redirect(url);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/oidc/callback',
      access: 'none',
      summary: 'Where the OpenID provider sends a browser back to: signs in, and goes on to the console.',
      async handle(request, reply) {
        const { search } = new URL(request.url, 'http://localhost');
        const person = await provider().finish(search, departureSecretOf(request));
        await begin(parts, await known(parts, person), request, reply);
        return reply.header('set-cookie', departureCookie(request, null)).redirect('/console/');
      },
    },
  ];
}

/** Somebody whom the provider vouches for, as a user without a password; what they may do is what it says now. */
async function known(parts: UserRouteParts, { name, role, namespace }: OidcPerson): Promise<UserRecord> {
  const before = parts.book.user(name);
  if (before?.role === role && before.namespace === namespace) return before;
  const at = new Date(parts.nowMs()).toISOString();
  const user = { name, role, namespace, hash: '', createdAt: before?.createdAt ?? at, author: 'openid' };
  const action = before ? 'user-changed' : 'user-created';
  await save(parts, user, entryOf(parts, 'openid', action, toldOf(user)));
  if (before) await endOthers(parts, name, null);
  return user;
}

function tooMany(reply: FastifyReply, retryMs: number): FairwayError {
  reply.header('retry-after', Math.ceil(retryMs / 1000));
  return new FairwayError('FAIRWAY_RATE_LIMITED', `too many sign-ins: try again in ${Math.ceil(retryMs / 1000)} s`);
}

function signOutRoute(parts: UserRouteParts): Route {
  return {
    method: 'DELETE',
    path: '/api/v1/session',
    access: 'viewer',
    summary: 'Signs out. Streams of the session end at once.',
    scope: boundTo,
    async handle(request, reply) {
      await end(parts, [tokenOf(request).id]);
      reply.header('set-cookie', sessionCookie(request, null));
    },
  };
}

async function end({ book, store, revoked }: UserRouteParts, hashes: readonly string[]): Promise<void> {
  await store.removeSessions(hashes);
  book.remove(hashes);
  for (const hash of hashes) revoked(hash);
}

function passwordRoute(parts: UserRouteParts): Route {
  return {
    method: 'PUT',
    path: '/api/v1/me/password',
    access: 'viewer',
    summary: 'Changes the password of who is signed in. Other sessions of theirs end.',
    body: objectSchema({ old: GIVEN, new: PASSWORD }),
    scope: boundTo,
    async handle(request) {
      const { old, new: password } = request.body as { old: string; new: string };
      const { id, name } = tokenOf(request);
      const user = parts.book.user(name);
      if (!user || !parts.book.sessionsOf(name).some(({ hash }) => hash === id)) {
        throw new FairwayError('FAIRWAY_FORBIDDEN', 'only who signed in with a password has one');
      }
      if (!(await isPassword(old, user.hash)))
        throw new FairwayError('FAIRWAY_FORBIDDEN', 'the old password is not right');
      await save(parts, { ...user, hash: await hashPassword(password) }, entryOf(parts, name, 'user-password', name));
      await endOthers(parts, name, id);
    },
  };
}

async function endOthers(parts: UserRouteParts, name: string, kept: string | null): Promise<void> {
  const others = parts.book.sessionsOf(name).filter(({ hash }) => hash !== kept);
  await end(
    parts,
    others.map(({ hash }) => hash),
  );
}

function listRoute({ book }: UserRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/users',
    access: 'admin',
    summary: 'Lists users.',
    answer: listOf(USER),
    handle: () => ({ items: book.users().map(shown) }),
  };
}

function createRoute(parts: UserRouteParts): Route {
  return {
    method: 'POST',
    path: '/api/v1/users',
    access: 'admin',
    summary: 'Makes a user, who signs in with the password.',
    body: objectSchema({ name: NAME, role: ROLE, 'namespace?': NAMESPACE, password: PASSWORD }),
    answer: USER,
    async handle(request) {
      const { name, role, namespace = null, password } = request.body as Wanted;
      if (parts.book.user(name)) throw new FairwayError('FAIRWAY_CONFLICT', `user ${name} is there already`);
      const createdAt = new Date(parts.nowMs()).toISOString();
      const user = { name, role, namespace, createdAt, author: authorOf(request) };
      const record = { ...user, hash: await hashPassword(password) };
      await save(parts, record, entryOf(parts, user.author, 'user-created', toldOf(user)));
      return user;
    },
  };
}

interface Wanted {
  readonly name: string;
  readonly role: PersonalRole;
  readonly namespace?: string;
  readonly password: string;
}

function changeRoute(parts: UserRouteParts): Route {
  return {
    method: 'PUT',
    path: '/api/v1/users/:name',
    access: 'admin',
    summary: 'Changes what a user may do, or the password. Their sessions end.',
    body: objectSchema({ 'role?': ROLE, 'namespace?': nullable(NAMESPACE), 'password?': PASSWORD }),
    answer: USER,
    async handle(request) {
      const { password, ...change } = request.body as Partial<Omit<UserRecord, 'hash'>> & { password?: string };
      if (password === undefined && Object.keys(change).length === 0) {
        throw invalid('the body', [
          { path: '', found: 'nothing', expected: 'at least one of role, namespace and password' },
        ]);
      }
      const before = userOf(parts.book, request);
      const hash = password === undefined ? before.hash : await hashPassword(password);
      const after = { ...before, ...change, hash };
      await save(parts, after, entryOf(parts, authorOf(request), 'user-changed', toldOf(after)));
      await endOthers(parts, after.name, null);
      return shown(after);
    },
  };
}

function removeRoute(parts: UserRouteParts): Route {
  return {
    method: 'DELETE',
    path: '/api/v1/users/:name',
    access: 'admin',
    summary: 'Removes a user. Their sessions end at once.',
    async handle(request) {
      const { name } = userOf(parts.book, request);
      await endOthers(parts, name, null);
      await parts.store.removeUser(name, entryOf(parts, authorOf(request), 'user-deleted', name));
      parts.book.removeUser(name);
    },
  };
}

function userOf(book: SessionBook, request: FastifyRequest): UserRecord {
  const { name } = request.params as { name: string };
  const user = book.user(name);
  if (!user) throw new FairwayError('FAIRWAY_NOT_FOUND', `there is no user ${name}`);
  return user;
}

async function save({ book, store }: UserRouteParts, user: UserRecord, entry: AuditEntry): Promise<void> {
  await store.saveUser(user, entry);
  book.setUser(user);
}

function entryOf({ nowMs }: UserRouteParts, author: string, action: string, target: string): AuditEntry {
  const at = new Date(nowMs()).toISOString();
  return { at, author, action, target: `user ${target}`, revision: null, reason: null };
}

/** Who it is and what they may do, for the audit. */
function toldOf({ name, role, namespace }: Pick<UserRecord, 'name' | 'role' | 'namespace'>): string {
  return `${name} (${role}${namespace ? ` of ${namespace}` : ''})`;
}

/** All that is told of a user. */
function shown({ hash: _secret, ...user }: UserRecord) {
  return user;
}
