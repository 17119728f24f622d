import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FairwayError } from '@fairway/model';
import { MAIN_FILE, type Rendered } from '../render/render-nginx.ts';
import { followLog, sizeOf } from './log-tail.ts';
import { type Program, testConfiguration } from './program.ts';

const SWAP_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 10_000;
const MAX_LOG_BYTES = 16 * 1024 * 1024;
const LOG_FILE = 'nginx.log';
const NEXT_FILE = 'nginx.next.conf';
const REFUSED_FILE = 'nginx.refused.conf';
const PREVIOUS_FILE = 'nginx.previous.conf';

/** What became of a configuration. */
export type Applied = 'started' | 'reloaded' | 'unchanged';

/** One NGINX of our own in one directory: its configuration, process and log are nobody else's. */
export interface NginxHost {
  /**
   * Puts a configuration in force and returns once it serves all new connections. The old one serves until then, and
   * goes on where the new one is refused.
   *
   * @throws FairwayError FAIRWAY_GATEWAY_REFUSED with what NGINX said
   */
  apply(rendered: Rendered): Promise<Applied>;
  /** Starts with the configuration that was good last, if there is one and nothing runs. Whether something runs now. */
  resume(): Promise<boolean>;
  /** Ends it: open requests are served first, for at most 10 s. */
  stop(): Promise<void>;
  /** Process id of the running master; undefined: nothing runs. */
  pid(): Promise<number | undefined>;
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A pid may have passed to another program after a crash: where the system tells, its command must be ours. */
async function isOurs(pid: number, dir: string): Promise<boolean> {
  const command = await textOf(`/proc/${pid}/cmdline`);
  return command === undefined || command.replaceAll('\0', ' ').includes(dir);
}

function workersOf(text: string): number {
  return Number(/^worker_processes (\d+);/m.exec(text)?.[1] ?? 1);
}

class OwnNginx implements NginxHost {
  readonly #program: Program;
  readonly #dir: string;
  readonly #log: string;
  readonly #live: string;

  constructor(program: Program, dir: string) {
    this.#program = program;
    this.#dir = dir;
    this.#log = join(dir, LOG_FILE);
    this.#live = join(dir, MAIN_FILE);
  }

  async pid(): Promise<number | undefined> {
    const pid = Number(await textOf(join(this.#dir, 'nginx.pid')));
    return Number.isInteger(pid) && pid > 0 && isAlive(pid) && (await isOurs(pid, this.#dir)) ? pid : undefined;
  }

  async apply(rendered: Rendered): Promise<Applied> {
    const text = rendered.files[MAIN_FILE] ?? '';
    await mkdir(join(this.#dir, 'temp'), { recursive: true });
    const pid = await this.pid();
    const before = await textOf(this.#live);
    if (pid !== undefined && before === text) return 'unchanged';
    await this.#test(text);
    if (before !== undefined) await copyFile(this.#live, join(this.#dir, PREVIOUS_FILE));
    await rename(join(this.#dir, NEXT_FILE), this.#live);
    if (pid === undefined) {
      await this.#start().catch((error) => this.#takeBack(before !== undefined, error));
      return 'started';
    }
    await this.#reload(pid, workersOf(before ?? ''), workersOf(text));
    return 'reloaded';
  }

  async resume(): Promise<boolean> {
    if ((await this.pid()) !== undefined) return true;
    if ((await textOf(this.#live)) === undefined) return false;
    await mkdir(join(this.#dir, 'temp'), { recursive: true });
    await this.#start();
    return true;
  }

  async stop(): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) return;
    process.kill(pid, 'SIGQUIT');
    const deadline = performance.now() + STOP_TIMEOUT_MS;
    while (isAlive(pid) && performance.now() < deadline) await delay(10);
    if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  }

  async #test(text: string): Promise<void> {
    const next = join(this.#dir, NEXT_FILE);
    await writeFile(next, text, { mode: 0o600 });
    const said = await testConfiguration(this.#program, this.#dir, next);
    if (said === undefined) return;
    await rename(next, join(this.#dir, REFUSED_FILE));
    throw this.#refused(said);
  }

  #refused(said: string): FairwayError {
    const text = `NGINX refuses the configuration (kept as ${join(this.#dir, REFUSED_FILE)}); the one before goes on: ${said}`;
    return new FairwayError('FAIRWAY_GATEWAY_REFUSED', text);
  }

  /** NGINX outlives this process: traffic does not depend on who wrote the configuration. */
  async #start(): Promise<void> {
    const offset = await sizeOf(this.#log);
    const args = ['-p', this.#dir, '-c', this.#live, '-g', 'daemon off;'];
    const child = spawn(this.#program.path, args, { detached: true, stdio: 'ignore' });
    const ended = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(this.#refused(`it ended with status ${code}: see ${this.#log}`)));
    });
    child.unref();
    let wanted = workersOf((await textOf(this.#live)) ?? '');
    const said: string[] = [];
    const started = followLog(this.#log, offset, SWAP_TIMEOUT_MS, (line) => {
      if (line.includes('[emerg]')) said.push(line);
      if (/start worker process \d+/.test(line)) wanted -= 1;
      return wanted <= 0;
    });
    await Promise.race([started, ended]).catch((error) => {
      throw said.length > 0 ? this.#refused(said.join('; ')) : error;
    });
    child.removeAllListeners();
    ended.catch(() => {});
  }

  /** Done when the new workers run and the old ones have stopped to accept: NGINX says both in its log. */
  async #reload(pid: number, oldWorkers: number, newWorkers: number): Promise<void> {
    const offset = await sizeOf(this.#log);
    let [starting, stopping] = [newWorkers, oldWorkers];
    let said = '';
    process.kill(pid, 'SIGHUP');
    const isDone = await followLog(this.#log, offset, SWAP_TIMEOUT_MS, (line) => {
      if (/\[emerg\]/.test(line)) said ||= line;
      if (/start worker process \d+/.test(line)) starting -= 1;
      if (/gracefully shutting down/.test(line)) stopping -= 1;
      return /still could not bind|reload failed/.test(line) || (starting <= 0 && stopping <= 0) || isFinal(line);
    });
    if (isDone && starting <= 0) return this.#turnLog(pid);
    const why = said || `it was not in force after ${SWAP_TIMEOUT_MS} ms: see ${this.#log}`;
    return this.#takeBack(true, this.#refused(why));
  }

  /** The live file is always the last good one. */
  async #takeBack(hasPrevious: boolean, error: unknown): Promise<never> {
    await rename(this.#live, join(this.#dir, REFUSED_FILE));
    if (hasPrevious) await copyFile(join(this.#dir, PREVIOUS_FILE), this.#live);
    throw error;
  }

  /** After a change, so that nobody reads the log meanwhile. */
  async #turnLog(pid: number): Promise<void> {
    if ((await sizeOf(this.#log)) < MAX_LOG_BYTES) return;
    await rename(this.#log, `${this.#log}.1`);
    process.kill(pid, 'SIGUSR1');
  }
}

/** An error after which NGINX does not try again: all but a port that is in use. */
function isFinal(line: string): boolean {
  return line.includes('[emerg]') && !/bind\(\)|open\(\) socket/.test(line);
}

/** Our own NGINX in a directory, which is made if need be. It may run already: then it is taken over. */
export async function openNginxHost(program: Program, dir: string): Promise<NginxHost> {
  await mkdir(join(dir, 'temp'), { recursive: true });
  await rm(join(dir, NEXT_FILE), { force: true });
  return new OwnNginx(program, dir);
}
