/** All tables, in the order in which they are backed up. */
export const TABLES = [
  'meta',
  'resource',
  'history',
  'token',
  'membership',
  'loss',
  'release',
  'told',
  'request',
  'person',
  'session',
  'audit',
] as const satisfies readonly (keyof Tables)[];

/** The tables, as Kysely sees them. JSON is kept as text, times as ISO 8601, so that both databases hold the same. */
export interface Tables {
  meta: { key: string; value: number };
  resource: {
    key: string;
    namespace: string;
    kind: string;
    name: string;
    body: string;
    revision: number;
    updated_at: string;
    author: string;
  };
  history: {
    key: string;
    revision: number;
    at: string;
    author: string;
    reason: string | null;
    action: string;
    diff: string;
    body: string | null;
  };
  token: {
    id: string;
    name: string;
    role: string;
    namespace: string | null;
    hash: string;
    created_at: string;
    author: string;
  };
  membership: {
    id: string;
    instance: string;
    addresses: string;
    ready_since: string | null;
    command: string | null;
  };
  loss: {
    id: number;
    at: string;
    namespace: string;
    service: string;
    reporter: string | null;
    seq: number | null;
    body: string;
  };
  release: {
    key: string;
    created_at: string;
    ended_at: string | null;
    author: string;
    body: string;
    state: string;
    seq: number;
  };
  told: { release: string; target: string; events: number };
  request: { id: string; at: string; body: string };
  person: {
    name: string;
    role: string;
    namespace: string | null;
    hash: string;
    created_at: string;
    author: string;
  };
  session: { hash: string; person: string; csrf: string; created_at: string };
  audit: {
    id: number;
    at: string;
    author: string;
    action: string;
    target: string;
    revision: number | null;
    reason: string | null;
  };
}
