import { createHash } from 'node:crypto';
import fs, { lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers';
import { type Update, WIRE_VERSION } from '@fairway/model';
import { isUpdate } from '@fairway/model/update';
import type { Log } from '../log.ts';
import { aged } from './age.ts';

/** What was last known, on disk, for a process that starts while the control plane is away. */
export interface SnapshotFile {
  /** The state that was kept; undefined: none, or one that is torn, of another version, or not ours. Never throws. */
  read(): Update | undefined;
  /** Writes the state soon, as one with what follows within a moment. Failures are logged. */
  keep(state: () => Update | undefined): void;
}

/** Whose state it is: it is read back only where all of it is the same. */
export interface SnapshotOwner {
  readonly server: string;
  readonly namespace: string;
  readonly service: string;
}

const DELAY_MS = 250;

/** A snapshot of at most `maxBytes` in a folder that only this user may write; the file is replaced atomically, readable by this user alone. */
export function createSnapshotFile(folder: string, maxBytes: number, owner: SnapshotOwner, log: Log): SnapshotFile {
  const file = `${folder}/${owner.namespace}-${owner.service}.json`;
  const headOf = (body: string) =>
    JSON.stringify({ version: WIRE_VERSION, ...owner, sha256: createHash('sha256').update(body).digest('hex') });
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(state: Update | undefined): Promise<void> {
    if (!state) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isOwnFolder(folder)) throw new Error('the state folder may be written by others');
    const body = JSON.stringify(state);
    const draft = `${file}.${process.pid}`;
    // Not imported: processes that never write are spared loading them.
    const { writeFile, rename, rm } = fs.promises;
    try {
      await writeFile(draft, `${headOf(body)}\n${body}`, { mode: 0o600 });
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  return {
    read() {
      try {
        if (!isOwnFolder(folder)) return undefined;
        const { size, mtimeMs } = statSync(file);
        if (size > maxBytes) return undefined;
        const text = readFileSync(file, 'utf8');
        const end = text.indexOf('\n');
        const body = text.slice(end + 1);
        if (text.slice(0, end) !== headOf(body)) return undefined;
        const state: unknown = JSON.parse(body);
        const isOurs = isUpdate(state) && state.full && state.namespace === owner.namespace;
        return isOurs ? later(state, Date.now() - mtimeMs) : undefined;
      } catch {
        return undefined;
      }
    },
    keep(state) {
      if (timer) return;
      timer = setTimeout(() => {
        timer = undefined;
        writing = writing
          .then(() => write(state()))
          .catch((error: unknown) =>
            log.error(`snapshot not kept: ${error instanceof Error ? error.message : 'failed'}`),
          );
      }, DELAY_MS).unref();
    },
  };
}

/** A state some time after it was kept. */
function later(state: Update, elapsedMs: number): Update {
  const set = state.instances.set.map((instance) => aged(instance, elapsedMs));
  return { ...state, instances: { ...state.instances, set } };
}

/** Whether a folder is one that no other user can put files into. */
function isOwnFolder(folder: string): boolean {
  const stat = lstatSync(folder);
  const uid = process.getuid?.();
  return stat.isDirectory() && (uid === undefined || (stat.uid === uid && (stat.mode & 0o022) === 0));
}
