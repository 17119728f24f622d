import { createHash, randomBytes } from 'node:crypto';
import { isSameSecret } from '../http/same-secret.ts';
import type { SessionRecord, UserRecord } from '../store/store.ts';

/** From the sign-in on. */
export const SESSION_MS = 12 * 3_600_000;
/** Of one user at a time; the first go. */
const MAX_SESSIONS = 20;

/** A new session: the secret that the browser keeps, and the record of it without the secret. */
export function newSession(user: string, nowMs: number): { readonly secret: string; readonly record: SessionRecord } {
  const secret = randomBytes(32).toString('base64url');
  const record = { hash: hashOf(secret), user, csrf: randomBytes(32).toString('base64url'), createdMs: nowMs };
  return { secret, record };
}

/** Users, and those of them who are signed in. */
export class SessionBook {
  readonly #users = new Map<string, UserRecord>();
  readonly #sessions = new Map<string, SessionRecord>();

  constructor(users: Iterable<UserRecord>, sessions: Iterable<SessionRecord>) {
    for (const user of users) this.#users.set(user.name, user);
    for (const session of sessions) this.#sessions.set(session.hash, session);
  }

  user(name: string): UserRecord | undefined {
    return this.#users.get(name);
  }

  /** By name. */
  users(): UserRecord[] {
    return [...this.#users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  setUser(user: UserRecord): void {
    this.#users.set(user.name, user);
  }

  removeUser(name: string): void {
    this.#users.delete(name);
  }

  add(session: SessionRecord): void {
    this.#sessions.set(session.hash, session);
  }

  remove(hashes: readonly string[]): void {
    for (const hash of hashes) this.#sessions.delete(hash);
  }

  /** Of a user, in the order in which they began. */
  sessionsOf(user: string): SessionRecord[] {
    return [...this.#sessions.values()].filter((one) => one.user === user).sort((a, b) => a.createdMs - b.createdMs);
  }

  /** Those that a user has too many of once there is one more, and those of anyone that are over. */
  surplus(user: string, nowMs: number): string[] {
    const over = [...this.#sessions.values()].filter(({ createdMs }) => nowMs - createdMs >= SESSION_MS);
    const own = this.sessionsOf(user);
    const many = own.slice(0, Math.max(0, own.length + 1 - MAX_SESSIONS));
    return [...new Set([...over, ...many].map(({ hash }) => hash))];
  }

  /** The session of a secret that is presented, and whose it is. */
  verify(secret: string, nowMs: number): { readonly session: SessionRecord; readonly user: UserRecord } | undefined {
    const session = this.#sessions.get(hashOf(secret));
    const user = session && this.#users.get(session.user);
    return user && nowMs - session.createdMs < SESSION_MS ? { session, user } : undefined;
  }
}

/** Whether a request was made by a page that knows its session, and not by another site. */
export function isOwn(session: SessionRecord, csrf: unknown): boolean {
  return isSameSecret(session.csrf, typeof csrf === 'string' ? csrf : '');
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
