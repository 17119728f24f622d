import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FairwayError } from '@fairway/model';

const run = promisify(execFile);

/** The NGINX of this machine. */
export interface Program {
  readonly path: string;
  /** For example `1.22.1`. */
  readonly version: string;
  /** File to load for TCP entries; undefined: built in. */
  readonly streamModule?: string;
  readonly hasStream: boolean;
}

function missing(cause: unknown, path: string): FairwayError {
  return new FairwayError(
    'FAIRWAY_ENVIRONMENT',
    `NGINX is not installed (${path} cannot be run): install the package nginx, and for TCP entries libnginx-mod-stream (Debian: apt-get install nginx libnginx-mod-stream)`,
    { cause },
  );
}

/** Finds NGINX and what it can do. @throws FairwayError FAIRWAY_ENVIRONMENT naming the package that is missing */
export async function findNginx(path = 'nginx'): Promise<Program> {
  const { stderr } = await run(path, ['-V'], { timeout: 10_000 }).catch((cause) => {
    throw missing(cause, path);
  });
  const version = /nginx\/(\d[\d.]*)/.exec(stderr)?.[1] ?? 'unknown';
  const modules = /--modules-path=(\S+)/.exec(stderr)?.[1];
  const hasStream = /--with-stream(?:=dynamic)?(?=\s|$)/.test(stderr);
  const isDynamic = /--with-stream=dynamic/.test(stderr);
  return {
    path,
    version,
    hasStream,
    ...(isDynamic && modules ? { streamModule: `${modules}/ngx_stream_module.so` } : {}),
  };
}

/** What NGINX says against a configuration; undefined: nothing. */
export async function testConfiguration(program: Program, dir: string, file: string): Promise<string | undefined> {
  try {
    await run(program.path, ['-t', '-q', '-p', dir, '-c', file], { timeout: 30_000 });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return stderr?.trim() || message;
  }
}
