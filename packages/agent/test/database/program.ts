import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A server's program that runs for a test. */
export interface Program {
  stop(): Promise<void>;
}

/** Starts a program in the foreground and waits until it says, on either output, that it takes connections. */
export async function startProgram(file: string, options: readonly string[], isReady: string): Promise<Program> {
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`make setup\` as root, or install its package`);
  const child = spawn(file, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${file} ended: ${said.join('\n')}`);
  });
  const closed = ended.catch(() => undefined);
  await Promise.race([...[child.stdout, child.stderr].map((output) => saying(output, isReady, said)), ended]);
  return { stop: () => end(child, closed) };
}

/** Resolves once a line is said; goes on reading, or the program would be held up. */
function saying(output: Readable, what: string, said: string[]): Promise<void> {
  return new Promise((resolve) => {
    createInterface({ input: output }).on('line', (line) => {
      said.push(line);
      if (line.includes(what)) resolve();
    });
  });
}

async function end(child: ChildProcess, closed: Promise<void>): Promise<void> {
  child.kill('SIGKILL');
  await closed;
}
