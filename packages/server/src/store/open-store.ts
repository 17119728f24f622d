import { join } from 'node:path';
import { restoreBackup } from './backup.ts';
import type { Database } from './database.ts';
import { postgresDatabase, type WriterOptions } from './postgres-database.ts';
import { openSqlStore } from './sql-store.ts';
import { sqliteDatabase } from './sqlite-database.ts';
import type { Store } from './store.ts';

/** Where the store is: a PostgreSQL URL, or else a SQLite file in a folder. */
export interface StoreOptions {
  readonly databaseUrl?: string | undefined;
  readonly dataDir: string;
  /** Of SQLite: the size that its file may have. Absent: as the disk allows. */
  readonly maxStoreBytes?: number | undefined;
}

/** Opens the store that the options name. @throws FairwayError FAIRWAY_STORE_UNAVAILABLE, FAIRWAY_STORE_LOCKED */
export async function openStore(options: StoreOptions, writer: WriterOptions = {}): Promise<Store> {
  return openSqlStore(databaseOf(options, writer));
}

/** Puts a backup into the store that the options name, which must be new. @throws as {@link restoreBackup} */
export async function restoreStore(
  options: StoreOptions,
  lines: readonly string[],
): Promise<{ readonly store: string; readonly rows: number }> {
  const database = databaseOf(options);
  return { store: database.location, rows: await restoreBackup(database, lines) };
}

function databaseOf({ databaseUrl, dataDir, maxStoreBytes }: StoreOptions, writer: WriterOptions = {}): Database {
  if (databaseUrl) return postgresDatabase(databaseUrl, writer);
  return sqliteDatabase(join(dataDir, 'fairway.db'), maxStoreBytes);
}
