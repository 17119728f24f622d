import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What to run, and the line of its output that says that it is up. */
export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Matched against each line of output; its groups are kept as {@link Child.ready}. */
  readonly readyLine: RegExp;
  readonly deadlineMs?: number;
  /** Ctrl-C in a terminal does not reach it: whoever started it ends it, in its own order. Default false. */
  readonly ownGroup?: boolean;
  /** Told of each line of standard output and standard error, as long as the process runs. */
  onLine?(line: string): void;
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

const TAIL_CHARS = 4000;
const DEADLINE_MS = 20_000;

/** Starts a process and resolves when it has printed its ready line. Rejects with its last output when it ends before. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, command, args, env } = options;
  const child = spawn(command, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.ownGroup ?? false,
  });
  endWithThisProcess(child);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const stop = (signal: NodeJS.Signals = 'SIGTERM', graceMs = 3000) => stopProcess(child, ended, signal, graceMs);
  try {
    const ready = await readyLine(child, options);
    return { name, pid: child.pid as number, ready, ended, stop };
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
}

const alive = new Set<ChildProcess>();

/** The last resort, for a program that exits without having ended what it started. */
function endWithThisProcess(child: ChildProcess): void {
  if (alive.size === 0) process.once('exit', killAll);
  alive.add(child);
  child.once('close', () => {
    alive.delete(child);
    if (alive.size === 0) process.off('exit', killAll);
  });
}

function killAll(): void {
  for (const child of alive) child.kill('SIGKILL');
}

function readyLine(process: ChildProcess, options: ChildOptions): Promise<RegExpExecArray> {
  const { name, deadlineMs = DEADLINE_MS } = options;
  let tail = '';
  return new Promise<RegExpExecArray>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${name} ${why}\n${tail}`));
    const timer = setTimeout(() => fail(`was not up after ${deadlineMs} ms`), deadlineMs);
    const heard = (line: string) => {
      tail = `${tail}${line}\n`.slice(-TAIL_CHARS);
      const match = options.readyLine.exec(line);
      if (match) clearTimeout(timer);
      if (match) resolve(match);
      options.onLine?.(line);
    };
    process.on('error', (error) => fail(error.message));
    process.once('close', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal} before it was up`);
    });
    for (const output of [process.stdout, process.stderr]) {
      if (output) createInterface({ input: output }).on('line', heard);
    }
  });
}

async function stopProcess(process: ChildProcess, ended: Promise<void>, signal: NodeJS.Signals, graceMs: number) {
  if (process.pid === undefined) return;
  if (process.exitCode === null && process.signalCode === null) process.kill(signal);
  const late = setTimeout(() => process.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(late);
}
