import type { Selectable } from 'kysely';
import type { PersonalRole, Role } from '../token/role.ts';
import type { Tables } from './schema.ts';
import type {
  Action,
  HistoryEntry,
  Membership,
  SessionRecord,
  StoredResource,
  TokenRecord,
  UserRecord,
} from './store.ts';

export function resourceOf(row: Selectable<Tables['resource']>): StoredResource {
  return {
    key: row.key,
    resource: JSON.parse(row.body),
    revision: row.revision,
    updatedAt: row.updated_at,
    author: row.author,
  };
}

export function historyOf(row: Selectable<Tables['history']>): HistoryEntry {
  return {
    revision: row.revision,
    at: row.at,
    author: row.author,
    reason: row.reason,
    action: row.action as Action,
    diff: JSON.parse(row.diff),
    resource: row.body === null ? null : JSON.parse(row.body),
  };
}

export function tokenOf(row: Selectable<Tables['token']>): TokenRecord {
  const { created_at, role, ...rest } = row;
  return { ...rest, role: role as Role, createdAt: created_at };
}

export function userOf(row: Selectable<Tables['person']>): UserRecord {
  const { created_at, role, ...rest } = row;
  return { ...rest, role: role as PersonalRole, createdAt: created_at };
}

export function sessionOf({ hash, person, csrf, created_at }: Selectable<Tables['session']>): SessionRecord {
  return { hash, user: person, csrf, createdMs: Date.parse(created_at) };
}

export function membershipOf(row: Selectable<Tables['membership']>): Membership {
  return {
    instance: JSON.parse(row.instance),
    addresses: JSON.parse(row.addresses),
    readySinceMs: row.ready_since === null ? null : Date.parse(row.ready_since),
    command: row.command as Membership['command'],
  };
}

export function membershipRow(membership: Membership): Selectable<Tables['membership']> {
  const { instance, addresses, readySinceMs, command } = membership;
  return {
    id: instance.id,
    instance: JSON.stringify(instance),
    addresses: JSON.stringify(addresses),
    ready_since: readySinceMs === null ? null : new Date(readySinceMs).toISOString(),
    command,
  };
}
