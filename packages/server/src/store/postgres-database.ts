import { hostname } from 'node:os';
import { FairwayError } from '@fairway/model';
import { PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import type { Database } from './sql-store.ts';

/** Longest wait for a connection and for the answer to a statement. */
const TIMEOUT_MS = 5_000;
/** Of the advisory lock of the writing server, within one database. */
const LOCK_ID = 728_346_193;

/**
 * A PostgreSQL database with one writer: all statements go over one connection, which holds an advisory lock. When it
 * breaks, the next statement opens a new one and takes the lock again.
 * @throws FairwayError FAIRWAY_STORE_LOCKED (later, from statements) when another server holds the lock
 */
export function postgresDatabase(url: string): Database {
  const location = locationOf(url);
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
    keepAlive: true,
    application_name: `fairway ${process.pid}@${hostname()}`,
  });
  // A connection that breaks while idle is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  return { dialect: new PostgresDialect({ pool: locking(pool, location) }), location, release: async () => {} };
}

/** The pool, each of whose connections has the lock before it is used. */
function locking(pool: pg.Pool, location: string): PostgresPool {
  const locked = new WeakSet<pg.PoolClient>();
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      try {
        if (!locked.has(client)) {
          // One that breaks while it is in use: the statement fails, too. Without a listener it would end the process.
          client.on('error', () => {});
          await lock(client, location);
          locked.add(client);
        }
        return client as unknown as Awaited<ReturnType<PostgresPool['connect']>>;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
  };
}

async function lock(client: pg.PoolClient, location: string): Promise<void> {
  const taken = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [LOCK_ID]);
  if (taken.rows[0]?.taken) return;
  const holder = await client.query<{ name: string }>(
    `select a.application_name as name from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.objid = $1 and l.granted and l.database = (select oid from pg_database where datname = current_database())`,
    [LOCK_ID],
  );
  const name = holder.rows[0]?.name;
  throw new FairwayError('FAIRWAY_STORE_LOCKED', `${location} is in use by another server${name ? ` (${name})` : ''}`);
}

function locationOf(url: string): string {
  const { host, user, password: _secret, port, database } = new pg.Client({ connectionString: url });
  return `postgres://${user ?? ''}@${host}:${port}/${database ?? ''}`;
}
