import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FairwayError } from '@fairway/model';

/** One burst of requests over kept connections, by wrk. */
export interface Burst {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

export interface BurstResult {
  readonly requests: number;
  readonly failed: number;
  readonly durationMicros: number;
}

/** An answer that takes longer counts as failed. */
const TIMEOUT_SECONDS = 15;
const SCRIPT = fileURLToPath(new URL('./report.lua', import.meta.url));

/** Runs one burst and tells what came of it. @throws FairwayError FAIRWAY_ENVIRONMENT when wrk is not installed */
export async function burst({ url, headers, connections, seconds }: Burst): Promise<BurstResult> {
  const named = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const size = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', `${TIMEOUT_SECONDS}s`];
  const { stdout } = await promisify(execFile)('wrk', [...size, '-s', SCRIPT, ...named, url]).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
    throw new FairwayError('FAIRWAY_ENVIRONMENT', 'wrk is not installed (Debian: apt-get install wrk)');
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
