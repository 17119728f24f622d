import { open, readFile, rename, rm } from 'node:fs/promises';
import { FairwayError } from '@fairway/model';
import type { Command } from 'commander';
import { connect, DEFAULT_DATA_DIR } from '../connection.ts';
import { addConnection, command, type JsonOption, type RemoteOptions } from '../option.ts';
import { show } from '../terminal.ts';

function unusable(file: string, done: string, error: unknown): FairwayError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new FairwayError('FAIRWAY_INVALID', `${file} cannot be ${done}: ${code ?? message}`, { cause: error });
}

async function backUp(file: string, options: RemoteOptions): Promise<void> {
  const client = await connect(options);
  // Beside it until it is whole: a backup that broke off is not to take the place of a good one.
  const part = `${file}.part`;
  const handle = await open(part, 'w', 0o600).catch((error: unknown) => {
    throw unusable(file, 'written', error);
  });
  let bytes = 0;
  try {
    for await (const chunk of client.backup()) {
      await handle.write(chunk);
      bytes += chunk.byteLength;
    }
    await handle.sync();
    await handle.close();
    await rename(part, file);
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(part, { force: true });
    throw error;
  }
  show(
    options.json,
    { file, bytes },
    () => `${file}: ${bytes} bytes. It holds the hashes of tokens and passwords: keep it safe.`,
  );
}

interface RestoreOptions extends JsonOption {
  readonly dataDir: string;
  readonly databaseUrl?: string;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unusable(file, 'read', error);
  }
}

async function restore(
  file: string,
  { dataDir, databaseUrl = process.env['DATABASE_URL'], json }: RestoreOptions,
): Promise<void> {
  const { restoreStore } = await import('@fairway/server');
  const lines = (await textOf(file)).split('\n');
  const { store, rows } = await restoreStore({ dataDir, databaseUrl: databaseUrl || undefined }, lines);
  show(json, { store, rows }, () => `${store}: ${rows} rows restored. Start it as before: fairway up`);
}

/** `fairway backup`. */
export function backupCommand(): Command {
  return addConnection(
    command('backup', 'Keep all that the control plane stores in a file, while it runs', [
      'fairway backup fairway.backup',
    ]),
  )
    .argument('<file>', 'where to')
    .action(backUp);
}

/** `fairway restore`. */
export function restoreCommand(): Command {
  return command('restore', 'Put a backup into a store that is new; of either kind, whatever it was made of', [
    'fairway restore fairway.backup --data-dir /var/lib/fairway',
    'fairway restore fairway.backup --database-url postgres://fairway@db/fairway',
  ])
    .argument('<file>', 'that "fairway backup" made')
    .option('--data-dir <dir>', 'where the new store is to be', DEFAULT_DATA_DIR)
    .option('--database-url <url>', 'PostgreSQL instead of the embedded store (or DATABASE_URL)')
    .action(restore);
}
