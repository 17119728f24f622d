import { join } from 'node:path';
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
export function openStore(options: StoreOptions, writer: WriterOptions = {}): Promise<Store> {
  const database = options.databaseUrl
    ? () => postgresDatabase(options.databaseUrl as string, writer)
    : () => sqliteDatabase(join(options.dataDir, 'fairway.db'), options.maxStoreBytes);
  return Promise.resolve().then(database).then(openSqlStore);
}
