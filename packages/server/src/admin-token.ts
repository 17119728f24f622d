import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from './store/store.ts';
import { issueToken, type TokenBook } from './token/token.ts';

/** Where the first admin token is kept, readable by the owner of the process only: commands on the same machine use it. */
export function adminTokenFile(dataDir: string): string {
  return join(dataDir, 'admin-token');
}

/**
 * Makes the first admin token of a new store, and writes it to {@link adminTokenFile}. Returns it; undefined when the
 * store has an admin token already.
 */
export async function ensureAdminToken(
  tokens: TokenBook,
  store: Store,
  dataDir: string,
  at: string,
): Promise<string | undefined> {
  if (tokens.all().some(({ role }) => role === 'admin')) return undefined;
  const { secret, record } = issueToken({ name: 'admin', role: 'admin', namespace: null }, 'fairway', at);
  // The file first: a token that nobody can read would lock everyone out.
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(adminTokenFile(dataDir), `${secret}\n`, { mode: 0o600 });
  const target = 'admin token admin';
  await store.addToken(record, {
    at,
    author: 'fairway',
    action: 'token-created',
    target,
    revision: null,
    reason: null,
  });
  tokens.add(record);
  return secret;
}
