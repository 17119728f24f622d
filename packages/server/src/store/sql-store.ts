import type { LossRecord } from '@fairway/control';
import { FairwayError, type Resource } from '@fairway/model';
import { Kysely, type Transaction } from 'kysely';
import { Serial } from '../serial.ts';
import { dump } from './backup.ts';
import { type Database, storeError } from './database.ts';
import { deleteLosses, insertLosses, selectLosses, selectReported } from './loss-table.ts';
import { migrate } from './migration.ts';
import { deleteEndedReleases, isAt, putRelease, putTold, selectReleases, selectTold } from './release-table.ts';
import { historyOf, membershipOf, membershipRow, resourceOf, sessionOf, tokenOf, userOf } from './row.ts';
import type { Tables } from './schema.ts';
import type {
  AuditEntry,
  ChangeRequest,
  Commit,
  HistoryEntry,
  LossBound,
  LossFilter,
  LossLine,
  Membership,
  Page,
  ReleaseRecord,
  ResourceWrite,
  SessionRecord,
  Store,
  TokenRecord,
  UserRecord,
} from './store.ts';

/** Rows that are read or written with one statement: below the limits of both databases on parameters. */
const CHUNK = 500;
/** Closing waits so long for what was begun before. */
const CLOSE_WAIT_MS = 30_000;

/** Opens a store, creating or updating its tables. @throws FairwayError FAIRWAY_STORE_UNAVAILABLE, FAIRWAY_STORE_LOCKED */
export async function openSqlStore(database: Database): Promise<Store> {
  const store = new SqlStore(database);
  try {
    await store.migrate();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

class SqlStore implements Store {
  readonly location: string;
  readonly #database: Database;
  readonly #db: Kysely<Tables>;
  readonly #serial = new Serial();

  constructor(database: Database) {
    this.#database = database;
    this.location = database.location;
    this.#db = new Kysely<Tables>({ dialect: database.dialect });
  }

  migrate(): Promise<void> {
    return this.#run('prepare', () => migrate(this.#db, this.location));
  }

  load() {
    return this.#transaction('read', async (db) => {
      const meta = await db.selectFrom('meta').select('value').where('key', '=', 'revision').executeTakeFirstOrThrow();
      const resources = await db.selectFrom('resource').selectAll().orderBy('key').execute();
      const tokens = await db.selectFrom('token').selectAll().orderBy('created_at').execute();
      const memberships = await db.selectFrom('membership').selectAll().execute();
      return {
        revision: meta.value,
        resources: resources.map(resourceOf),
        tokens: tokens.map(tokenOf),
        memberships: memberships.map(membershipOf),
        requests: (await db.selectFrom('request').select('body').orderBy('at').execute()).map(({ body }) =>
          JSON.parse(body),
        ),
        users: (await db.selectFrom('person').selectAll().orderBy('name').execute()).map(userOf),
        sessions: (await db.selectFrom('session').selectAll().execute()).map(sessionOf),
        reported: await selectReported(db),
        releases: await selectReleases(db),
        told: await selectTold(db),
      };
    });
  }

  commit(commit: Commit): Promise<void> {
    return this.#transaction('write', async (db) => {
      const moved = await db
        .updateTable('meta')
        .set({ value: commit.revision })
        .where('key', '=', 'revision')
        .where('value', '=', commit.expected)
        .executeTakeFirst();
      if (moved.numUpdatedRows !== 1n) {
        throw new FairwayError('FAIRWAY_CONFLICT', `the store at ${this.location} was changed by another writer`);
      }
      if (commit.fence && !(await isAt(db, commit.fence))) {
        throw new FairwayError('FAIRWAY_CONFLICT', `release ${commit.fence.release} has gone on meanwhile`);
      }
      for (const write of commit.writes) {
        await putResource(db, commit, write);
        await putHistory(db, commit, write);
        await putAudit(db, { ...commit, action: write.action, target: write.key });
      }
    });
  }

  history(key: string, page: Page): Promise<HistoryEntry[]> {
    return this.#run('read', async () => {
      const query = this.#db.selectFrom('history').selectAll().where('key', '=', key);
      const bounded = page.before === undefined ? query : query.where('revision', '<', page.before);
      return (await bounded.orderBy('revision', 'desc').limit(page.limit).execute()).map(historyOf);
    });
  }

  audit(page: Page & { readonly namespace?: string | undefined }) {
    return this.#run('read', () => {
      const query = this.#db.selectFrom('audit').selectAll();
      const bounded = page.before === undefined ? query : query.where('id', '<', page.before);
      const own = page.namespace === undefined ? bounded : bounded.where('target', 'like', `${page.namespace}/%`);
      return own.orderBy('id', 'desc').limit(page.limit).execute();
    });
  }

  note(entry: AuditEntry): Promise<void> {
    return this.#transaction('write', (db) => putAudit(db, entry));
  }

  addToken(token: TokenRecord, entry: AuditEntry): Promise<void> {
    return this.#transaction('write', async (db) => {
      const { createdAt, ...rest } = token;
      await db
        .insertInto('token')
        .values({ ...rest, created_at: createdAt })
        .execute();
      await putAudit(db, entry);
    });
  }

  removeToken(id: string, entry: AuditEntry): Promise<void> {
    return this.#transaction('write', async (db) => {
      await db.deleteFrom('token').where('id', '=', id).execute();
      await putAudit(db, entry);
    });
  }

  addRequest(request: ChangeRequest, entry: AuditEntry): Promise<void> {
    return this.#transaction('write', async (db) => {
      const { id, at } = request;
      await db
        .insertInto('request')
        .values({ id, at, body: JSON.stringify(request) })
        .execute();
      await putAudit(db, entry);
    });
  }

  removeRequest(id: string, entry: AuditEntry): Promise<void> {
    return this.#transaction('write', async (db) => {
      await db.deleteFrom('request').where('id', '=', id).execute();
      await putAudit(db, entry);
    });
  }

  saveUser(user: UserRecord, entry: AuditEntry): Promise<void> {
    return this.#transaction('write', async (db) => {
      const { createdAt, ...rest } = user;
      await db.deleteFrom('person').where('name', '=', user.name).execute();
      await db
        .insertInto('person')
        .values({ ...rest, created_at: createdAt })
        .execute();
      await putAudit(db, entry);
    });
  }

  removeUser(name: string, entry: AuditEntry): Promise<void> {
    return this.#transaction('write', async (db) => {
      await db.deleteFrom('person').where('name', '=', name).execute();
      await db.deleteFrom('session').where('person', '=', name).execute();
      await putAudit(db, entry);
    });
  }

  saveSession({ hash, user, csrf, createdMs }: SessionRecord, removed: readonly string[]): Promise<void> {
    const row = { hash, person: user, csrf, created_at: new Date(createdMs).toISOString() };
    return this.#transaction('write', async (db) => {
      for (const hashes of chunked(removed)) await db.deleteFrom('session').where('hash', 'in', hashes).execute();
      await db.insertInto('session').values(row).execute();
    });
  }

  removeSessions(all: readonly string[]): Promise<void> {
    return this.#transaction('write', async (db) => {
      for (const hashes of chunked(all)) await db.deleteFrom('session').where('hash', 'in', hashes).execute();
    });
  }

  saveMemberships(set: readonly Membership[], removed: readonly string[]): Promise<void> {
    const rows = set.map(membershipRow);
    const gone = [...removed, ...rows.map((row) => row.id)];
    return this.#transaction('write', async (db) => {
      for (const ids of chunked(gone)) await db.deleteFrom('membership').where('id', 'in', ids).execute();
      for (const values of chunked(rows)) await db.insertInto('membership').values(values).execute();
    });
  }

  addLosses(lines: readonly LossLine[]): Promise<void> {
    return this.#transaction('write', (db) => insertLosses(db, lines));
  }

  losses(filter: LossFilter): Promise<LossRecord[]> {
    return this.#run('read', () => selectLosses(this.#db, filter));
  }

  pruneLosses(bound: LossBound): Promise<void> {
    return this.#transaction('write', (db) => deleteLosses(db, bound));
  }

  saveRelease(record: ReleaseRecord, entries: readonly AuditEntry[]): Promise<void> {
    return this.#transaction('write', async (db) => {
      await putRelease(db, record);
      for (const entry of entries) await putAudit(db, entry);
    });
  }

  saveTold(release: string, target: string, events: number): Promise<void> {
    return this.#transaction('write', (db) => putTold(db, { release, target, events }));
  }

  pruneReleases(maxEnded: number): Promise<void> {
    return this.#transaction('write', (db) => deleteEndedReleases(db, maxEnded));
  }

  backup(entry: AuditEntry): Promise<readonly string[]> {
    return this.#transaction('read', async (db) => {
      await putAudit(db, entry);
      return dump(db, entry.at);
    });
  }

  async check(): Promise<void> {
    await this.#run('read', () => this.#db.selectFrom('meta').select('value').execute());
  }

  close(): Promise<void> {
    return this.#serial.run(async () => {
      await this.#db.destroy();
      await this.#database.release();
    }, CLOSE_WAIT_MS);
  }

  #transaction<T>(doing: string, work: (db: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#run(doing, () => this.#db.transaction().execute(work));
  }

  /** One after another: a transaction has the connection for itself. */
  async #run<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#serial.run(work);
    } catch (error) {
      throw storeError(`${doing} the store`, this.location, error);
    }
  }
}

async function putResource(db: Transaction<Tables>, commit: Commit, write: ResourceWrite): Promise<void> {
  await db.deleteFrom('resource').where('key', '=', write.key).execute();
  if (write.resource === null) return;
  const { key, namespace, kind, name } = write;
  await db
    .insertInto('resource')
    .values({ key, namespace, kind, name, body: bodyOf(write.resource), ...stampOf(commit), author: commit.author })
    .execute();
}

async function putHistory(db: Transaction<Tables>, commit: Commit, write: ResourceWrite): Promise<void> {
  const { revision, at, author, reason } = commit;
  const body = write.resource && bodyOf(write.resource);
  await db
    .insertInto('history')
    .values({
      key: write.key,
      revision,
      at,
      author,
      reason,
      action: write.action,
      diff: JSON.stringify(write.diff),
      body,
    })
    .execute();
}

async function putAudit(db: Transaction<Tables>, entry: AuditEntry): Promise<void> {
  const { at, author, action, target, revision, reason } = entry;
  const { last } = await db
    .selectFrom('audit')
    .select((expression) => expression.fn.max('id').as('last'))
    .executeTakeFirstOrThrow();
  await db
    .insertInto('audit')
    .values({ id: (last ?? 0) + 1, at, author, action, target, revision, reason })
    .execute();
}

function stampOf(commit: Commit) {
  return { revision: commit.revision, updated_at: commit.at };
}

function bodyOf(resource: Resource): string {
  return JSON.stringify(resource);
}

function chunked<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += CHUNK) chunks.push(items.slice(start, start + CHUNK));
  return chunks;
}
