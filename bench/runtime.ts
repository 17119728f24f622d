import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A Node.js to measure on. */
export interface Runtime {
  readonly execPath: string;
  /** For example `v24.21.0`. */
  readonly version: string;
  readonly major: number;
}

async function runtimeAt(execPath: string): Promise<Runtime> {
  const { stdout } = await promisify(execFile)(execPath, ['--version']);
  const version = stdout.trim();
  return { execPath, version, major: Number(version.slice(1).split('.')[0]) };
}

/** An older version, as it is installed here, and the one that runs this. */
export async function runtimes(): Promise<Runtime[]> {
  const older = fileURLToPath(new URL('../node_modules/node20-linux-x64/bin/node', import.meta.url));
  return Promise.all([older, process.execPath].map(runtimeAt));
}
