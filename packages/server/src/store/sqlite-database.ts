import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type SqliteDatabase, SqliteDialect } from 'kysely';
import { type Database, storeError } from './database.ts';
import { lockFile } from './file-lock.ts';

/**
 * A SQLite file with one writer: this process. Every commit is on disk (WAL, synchronous FULL).
 * @throws FairwayError FAIRWAY_STORE_LOCKED, FAIRWAY_STORE_UNAVAILABLE
 */
export function sqliteDatabase(file: string, maxBytes?: number): Database {
  const location = resolve(file);
  try {
    mkdirSync(dirname(location), { recursive: true, mode: 0o700 });
    const lock = lockFile(location, process.pid);
    try {
      const connection = open(location, maxBytes);
      return {
        dialect: new SqliteDialect({ database: adapted(connection) }),
        location,
        release: async () => lock.release(),
      };
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw storeError('open the store', location, error);
  }
}

function open(location: string, maxBytes: number | undefined): DatabaseSync {
  const connection = new DatabaseSync(location);
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec('PRAGMA synchronous = FULL');
  if (maxBytes !== undefined) {
    const page = Number(connection.prepare('PRAGMA page_size').get()?.['page_size']);
    connection.exec(`PRAGMA max_page_count = ${Math.floor(maxBytes / page)}`);
  }
  return connection;
}

/** Node's own SQLite in the form that Kysely's dialect expects. */
function adapted(connection: DatabaseSync): SqliteDatabase {
  return {
    close: () => connection.close(),
    prepare(text) {
      // A full disk ends a transaction by itself; Kysely rolls back all the same, and must get to report the cause.
      const isEnded = text === 'rollback' && !connection.isTransaction;
      const statement = connection.prepare(isEnded ? 'select 0' : text);
      const values = (parameters: ReadonlyArray<unknown>) => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}
