import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@fairway/client';
import { startServer } from '@fairway/server';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** What a command did. */
export interface Done {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A real control plane, and the command line beside it. */
export interface Bed {
  readonly dir: string;
  readonly client: Client;
  readonly url: string;
  readonly token: string;
  /** Runs `fairway` to its end. */
  fairway(words: readonly string[], input?: string): Promise<Done>;
  /** Starts `fairway`, ended with the bed at the latest. */
  start(words: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  file(name: string, content: string): Promise<string>;
  close(): Promise<void>;
}

/** The environment of a command: nothing of whoever runs the tests. */
export function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:FAIRWAY_|NODE_OPTIONS|DATABASE_URL|VITEST)/.test(name),
  );
  return { ...Object.fromEntries(own), ...more };
}

/** Runs `fairway` in a directory to its end. */
export async function runFairway(
  dir: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  input = '',
): Promise<Done> {
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: dir, env });
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, out, err };
}

/** The first line (or lines) of output that matches. @throws when the output ends before */
export async function lineOf(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let seen = '';
  for await (const chunk of child.stdout ?? []) {
    seen += chunk;
    const match = pattern.exec(seen);
    if (match) return match;
  }
  throw new Error(`the output ended without ${pattern}: ${seen}`);
}

/** Starts a control plane in a directory of its own. */
export async function makeBed(): Promise<Bed> {
  const dir = await mkdtemp(join(tmpdir(), 'fairway cli '));
  const server = await startServer({ port: 0, dataDir: join(dir, 'store'), log: { level: 'off' } });
  const token = server.bootstrapToken ?? '';
  const env = cleanEnvironment({ FAIRWAY_SERVER: server.url, FAIRWAY_TOKEN: token });
  const children: ChildProcess[] = [];
  return {
    dir,
    url: server.url,
    token,
    client: createClient({ server: server.url, token }),
    fairway: (words, input) => runFairway(dir, words, env, input),
    start(words, more) {
      const child = spawn(process.execPath, [MAIN, ...words], { cwd: dir, env: { ...env, ...more } });
      children.push(child);
      return child;
    },
    async file(name, content) {
      await writeFile(join(dir, name), content);
      return join(dir, name);
    },
    async close() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
