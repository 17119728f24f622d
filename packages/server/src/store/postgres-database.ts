import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { FairwayError } from '@fairway/model';
import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { Database } from './sql-store.ts';

/** Longest wait for a connection, and for the answer to a statement, unless told otherwise. */
const TIMEOUT_MS = 5_000;
/** Of the advisory lock of the writing server, within one database. */
const LOCK_ID = 728_346_193;

/**
 * A PostgreSQL database with one writer: all statements go over one connection, which holds an advisory lock. When it
 * breaks, the next statement opens a new one and takes the lock again.
 * @throws FairwayError FAIRWAY_STORE_LOCKED (later, from statements) when another server holds the lock
 */
export function postgresDatabase(url: string, timeoutMs = TIMEOUT_MS): Database {
  const location = locationOf(url);
  const name = `fairway ${process.pid}@${hostname()} ${randomBytes(4).toString('hex')}`;
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    statement_timeout: timeoutMs,
    keepAlive: true,
    application_name: name,
  });
  // A connection that breaks while idle is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  const dialect = new PostgresDialect({ pool: locking(pool, name, location) });
  return { dialect, location, release: async () => {} };
}

/** The pool, each of whose connections has the lock before it is used. */
function locking(pool: pg.Pool, name: string, location: string): PostgresPool {
  const locked = new WeakSet<pg.PoolClient>();
  return {
    options: pool.options,
    async end() {
      if (pool.idleCount > 0) await unlock(pool).catch(() => {});
      await pool.end();
    },
    async connect() {
      const client = await pool.connect();
      try {
        if (!locked.has(client)) {
          // One that breaks while it is in use: the statement fails, too. Without a listener it would end the process.
          client.on('error', () => {});
          await lock(client, name, location);
          locked.add(client);
        }
        return failingFast(client);
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
  };
}

/**
 * The connection, given up at the first failure that is not the database's own answer: after a timeout or a broken
 * socket nothing more is sent over it, and it is not used again.
 */
function failingFast(client: pg.PoolClient): PostgresPoolClient {
  let failure: unknown;
  const query = async (text: string, values: unknown[]) => {
    if (failure !== undefined) throw failure;
    try {
      return await client.query(text, values);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) failure = error;
      throw error;
    }
  };
  const release = (destroy = false) => client.release(destroy || failure !== undefined);
  return { query, release } as unknown as PostgresPoolClient;
}

/** The database would do so too, but some time after the connection has ended: the next server might find it locked. */
async function unlock(pool: pg.Pool): Promise<void> {
  await pool.query('select pg_advisory_unlock_all()');
}

/** @throws FairwayError FAIRWAY_STORE_LOCKED */
async function lock(client: pg.PoolClient, name: string, location: string, attempts = 3): Promise<void> {
  const taken = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [LOCK_ID]);
  if (taken.rows[0]?.taken) return;
  const holder = await holderOf(client);
  // Whoever held it was just ending.
  if (!holder && attempts > 1) return lock(client, name, location, attempts - 1);
  if (holder?.name !== name) {
    const who = holder ? ` (${holder.name})` : '';
    throw new FairwayError('FAIRWAY_STORE_LOCKED', `${location} is in use by another server${who}`);
  }
  // An earlier connection of this very server, which the database has not noticed to be dead.
  await client.query('select pg_terminate_backend($1)', [holder.pid]);
  await client.query('select pg_advisory_lock($1)', [LOCK_ID]);
}

async function holderOf(client: pg.PoolClient): Promise<{ name: string; pid: number } | undefined> {
  const found = await client.query<{ name: string; pid: number }>(
    `select a.application_name as name, a.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.objid = $1 and l.granted
        and l.database = (select oid from pg_database where datname = current_database())`,
    [LOCK_ID],
  );
  return found.rows[0];
}

function locationOf(url: string): string {
  const { host, user, password: _secret, port, database } = new pg.Client({ connectionString: url });
  return `postgres://${user ?? ''}@${host}:${port}/${database ?? ''}`;
}
