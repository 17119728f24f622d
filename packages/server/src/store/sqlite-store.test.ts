import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../testbed.ts';
import { openSqlStore } from './sql-store.ts';
import { sqliteDatabase } from './sqlite-database.ts';
import { storeContract } from './store.contract.ts';

function openFile(file: string, maxBytes?: number) {
  return openSqlStore(sqliteDatabase(file, maxBytes));
}

storeContract(async () => {
  const file = join(temporaryFolder(), 'fairway.db');
  let store = await openFile(file);
  onTestFinished(() => store.close());
  return {
    store,
    async reopen() {
      await store.close();
      store = await openFile(file);
      return store;
    },
  };
});

describe('a SQLite file', () => {
  it('has one server; a second is told which file and which process', async () => {
    const file = join(temporaryFolder(), 'fairway.db');
    const store = await openFile(file);
    expect(() => sqliteDatabase(file)).toThrow(
      expect.objectContaining({
        code: 'FAIRWAY_STORE_LOCKED',
        message: `${file} is in use by another server (process ${process.pid})`,
      }),
    );
    await store.check();
    await store.close();
    await (await openFile(file)).close();
  });

  it('is not readable by others', async () => {
    const folder = join(temporaryFolder(), 'new');
    const store = await openFile(join(folder, 'fairway.db'));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await store.close();
  });

  it('that is something else is refused with the reason, and not locked', async () => {
    const file = join(temporaryFolder(), 'fairway.db');
    writeFileSync(file, 'this is no database '.repeat(100));
    for (let time = 0; time < 2; time++) {
      expect(() => sqliteDatabase(file)).toThrow(
        expect.objectContaining({ code: 'FAIRWAY_STORE_UNAVAILABLE', message: expect.stringContaining(file) }),
      );
    }
  });

  it('that cannot be made is refused with the reason', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(() => sqliteDatabase(join(file, 'fairway.db'))).toThrow(
      expect.objectContaining({ code: 'FAIRWAY_STORE_UNAVAILABLE' }),
    );
  });

  it('of a newer Fairway is refused', async () => {
    const { DatabaseSync } = await import('node:sqlite');
    const file = join(temporaryFolder(), 'fairway.db');
    await (await openFile(file)).close();
    const database = new DatabaseSync(file);
    database.exec("UPDATE meta SET value = 99 WHERE key = 'schema'");
    database.close();
    await expect(openFile(file)).rejects.toThrow(/schema version 99/);
  });
});
