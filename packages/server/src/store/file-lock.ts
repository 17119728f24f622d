import { DatabaseSync } from 'node:sqlite';
import { FairwayError } from '@fairway/model';

/** A lock that is held until it is released or the process ends, in whatever way. */
export interface FileLock {
  release(): void;
}

/**
 * Takes the lock of a store file. It is a small SQLite file of its own, `<file>.lock`, in which a write transaction is
 * held open: the operating system gives it back when the process dies, and others can still read from it who holds it.
 * @throws FairwayError FAIRWAY_STORE_LOCKED, naming the file and the process that holds it
 */
export function lockFile(file: string, pid: number): FileLock {
  const lock = new DatabaseSync(`${file}.lock`);
  try {
    lock.exec('BEGIN IMMEDIATE');
    lock.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL)');
    lock.exec('DELETE FROM holder');
    lock.prepare('INSERT INTO holder (pid) VALUES (?)').run(pid);
    lock.exec('COMMIT');
    lock.exec('BEGIN IMMEDIATE');
  } catch (error) {
    throw refused(lock, file, error);
  }
  return { release: () => lock.close() };
}

function refused(lock: DatabaseSync, file: string, error: unknown): unknown {
  try {
    if (!(error instanceof Error) || !/locked|busy/i.test(error.message)) return error;
    return new FairwayError('FAIRWAY_STORE_LOCKED', `${file} is in use by another server${holderOf(lock)}`, {
      cause: error,
    });
  } finally {
    lock.close();
  }
}

function holderOf(lock: DatabaseSync): string {
  try {
    const row = lock.prepare('SELECT pid FROM holder').get();
    return row ? ` (process ${row['pid']})` : '';
  } catch {
    return '';
  }
}
