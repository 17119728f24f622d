import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { isFairwayError } from '@fairway/model';
import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';
import { giveWriterLock, takeWriterLock } from './writer-lock.ts';

/** Longest wait for a connection, and for the answer to a statement, unless told otherwise. */
const TIMEOUT_MS = 5_000;

/** What a name is made for once, and what is told of it. */
export interface WriterOptions {
  /** Of the connections of this process: {@link connectionName}. */
  readonly name?: string;
  /** Told when the connection broke, and another process had become the writer before it was back. */
  readonly deposed?: () => void;
  readonly timeoutMs?: number;
}

/** A name for the connections of this process, which no other has. */
export function connectionName(): string {
  return `fairway ${process.pid}@${hostname()} ${randomBytes(4).toString('hex')}`;
}

/**
 * A PostgreSQL database with one writer: all statements go over one connection, which holds an advisory lock. When it
 * breaks, the next statement opens a new one and takes the lock again.
 * @throws FairwayError FAIRWAY_STORE_LOCKED (later, from statements) when another server holds the lock
 */
export function postgresDatabase(
  url: string,
  { name = connectionName(), deposed, timeoutMs = TIMEOUT_MS }: WriterOptions = {},
): Database {
  const location = locationOf(url);
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
  const dialect = new PostgresDialect({
    pool: locking(pool, (client) => takeWriterLock(client, name, location), deposed),
  });
  return { dialect, location, release: async () => {} };
}

/** The pool, each of whose connections has the lock before it is used. */
function locking(
  pool: pg.Pool,
  lock: (client: pg.PoolClient) => Promise<void>,
  deposed: (() => void) | undefined,
): PostgresPool {
  const locked = new WeakSet<pg.PoolClient>();
  let hasWritten = false;
  return {
    options: pool.options,
    async end() {
      if (pool.idleCount > 0) await giveWriterLock(pool).catch(() => {});
      await pool.end();
    },
    async connect() {
      const client = await pool.connect();
      try {
        if (!locked.has(client)) {
          // One that breaks while it is in use: the statement fails, too. Without a listener it would end the process.
          client.on('error', () => {});
          await lock(client);
          locked.add(client);
          hasWritten = true;
        }
        return failingFast(client);
      } catch (error) {
        if (hasWritten && isFairwayError(error) && error.code === 'FAIRWAY_STORE_LOCKED') deposed?.();
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

/** Where a database is, for people: without its password. */
export function locationOf(url: string): string {
  const { host, user, password: _secret, port, database } = new pg.Client({ connectionString: url });
  return `postgres://${user ?? ''}@${host}:${port}/${database ?? ''}`;
}
