import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What to run, and the line on its output that says that it is up. */
export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Matched against each line of standard output; its groups are kept as {@link Child.ready}. */
  readonly readyLine: RegExp;
  readonly deadlineMs?: number;
}

/** A process that this program started. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly ready: RegExpExecArray;
  /** Resolves when the process has ended, however that came. */
  readonly ended: Promise<void>;
  /** Sends the signal, and SIGKILL if the process has not ended `graceMs` later (default 3000). Resolves when it has. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>;
}

const ERROR_TAIL_CHARS = 4000;

/** Starts a process and resolves when it has printed its ready line. Rejects with its error output when it ends before. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, command, args, env, cwd } = options;
  const process = spawn(command, args, { env, ...(cwd ? { cwd } : {}), stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => {
    process.once('close', () => resolve());
  });
  const stop = (signal: NodeJS.Signals = 'SIGTERM', graceMs = 3000) => stopProcess(process, ended, signal, graceMs);
  try {
    const ready = await readyLine(process, options);
    return { name, pid: process.pid as number, ready, ended, stop };
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
}

function readyLine(process: ChildProcess, { name, readyLine, deadlineMs = 20_000 }: ChildOptions) {
  let errors = '';
  process.stderr?.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-ERROR_TAIL_CHARS);
  });
  return new Promise<RegExpExecArray>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${name} ${why}\n${errors}`));
    const timer = setTimeout(() => fail(`was not up after ${deadlineMs} ms`), deadlineMs);
    process.once('error', (error) => fail(error.message));
    process.once('close', (code, signal) => fail(`ended with ${code ?? signal} before it was up`));
    createInterface({ input: process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const match = readyLine.exec(line);
      if (match) resolve(match);
      if (match) clearTimeout(timer);
    });
  }).finally(() => process.removeAllListeners('error').on('error', () => undefined));
}

async function stopProcess(process: ChildProcess, ended: Promise<void>, signal: NodeJS.Signals, graceMs: number) {
  if (process.pid === undefined) return;
  if (process.exitCode === null && process.signalCode === null) process.kill(signal);
  const late = setTimeout(() => process.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(late);
}

/** Resolves when the process has ended and its output is read. Rejects when it ended with anything but 0. */
export async function runToEnd(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const process = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  process.stdout.on('data', (chunk) => {
    output += chunk;
  });
  process.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const [code] = await once(process, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${errors}${output}`);
  return output;
}
