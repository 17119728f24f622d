import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { TokenRecord } from '../store/store.ts';
import type { Role } from './role.ts';

/** What a new token is for. `namespace`: of an agent; null for other roles. */
export interface TokenOrder {
  readonly name: string;
  readonly role: Role;
  readonly namespace: string | null;
}

/** A new token: the secret, `fwy_<role>_<random>` (256 random bits), and the record of it without the secret. */
export function issueToken(
  order: TokenOrder,
  author: string,
  at: string,
): { readonly secret: string; readonly record: TokenRecord } {
  const secret = `fwy_${order.role}_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(secret).digest('hex');
  return { secret, record: { id: randomUUID(), ...order, hash, createdAt: at, author } };
}

/** The tokens that are valid now, found by the hash of what is presented. */
export class TokenBook {
  readonly #byHash = new Map<string, TokenRecord>();

  constructor(tokens: Iterable<TokenRecord>) {
    for (const token of tokens) this.add(token);
  }

  add(token: TokenRecord): void {
    this.#byHash.set(token.hash, token);
  }

  remove(id: string): TokenRecord | undefined {
    const token = this.get(id);
    if (token) this.#byHash.delete(token.hash);
    return token;
  }

  get(id: string): TokenRecord | undefined {
    return this.all().find((token) => token.id === id);
  }

  all(): TokenRecord[] {
    return [...this.#byHash.values()];
  }

  /** The record of a presented secret. Lookup by hash and constant-time comparison: timing tells nothing of a secret. */
  verify(secret: string): TokenRecord | undefined {
    const digest = createHash('sha256').update(secret).digest();
    const token = this.#byHash.get(digest.toString('hex'));
    return token && timingSafeEqual(digest, Buffer.from(token.hash, 'hex')) ? token : undefined;
  }
}
