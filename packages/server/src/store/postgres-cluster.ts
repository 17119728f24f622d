// A PostgreSQL of its own for tests: a private cluster on a Unix socket, run by this process.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** The folder of PostgreSQL's programs; null when it is not installed. */
export function postgresPrograms(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : [];
  const folders = [...versions.reverse(), ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
}

/** Whom to run it as: PostgreSQL refuses to run as root. */
function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export class PostgresCluster {
  readonly #programs: string;
  readonly #folder: string;
  readonly #account = account();
  #process: ChildProcess | null = null;
  #databases = 0;

  constructor(programs: string) {
    this.#programs = programs;
    this.#folder = mkdtempSync(join(tmpdir(), 'fairway-pg-'));
    const { uid, gid } = this.#account;
    if (uid !== undefined && gid !== undefined) chownSync(this.#folder, uid, gid);
    chmodSync(this.#folder, 0o700);
    const options = [
      '-D',
      join(this.#folder, 'data'),
      '-U',
      'fairway',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '-N',
    ];
    execFileSync(join(programs, 'initdb'), options, { ...this.#account, stdio: 'pipe', cwd: this.#folder });
  }

  /** Fulfilled when it takes connections; at once when it runs already. */
  async start(): Promise<void> {
    if (this.#process?.exitCode === null) return;
    const options = ['-D', join(this.#folder, 'data'), '-k', this.#folder, '-h', '', '-F'];
    const child = spawn(join(this.#programs, 'postgres'), options, {
      ...this.#account,
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      if (line.includes('ready to accept connections')) break;
    }
    child.stderr.resume();
    if (child.exitCode !== null) throw new Error(`postgres ended: ${said.join('\n')}`);
  }

  /** Ends it as a crash would: connections break, nothing is written that was not. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child?.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGQUIT');
    await ended;
  }

  /** The URL of a new, empty database. */
  createDatabase(): string {
    const name = `test_${++this.#databases}`;
    const options = ['-h', this.#folder, '-U', 'fairway', name];
    execFileSync(join(this.#programs, 'createdb'), options, { stdio: 'pipe' });
    return `postgres://fairway@/${name}?host=${encodeURIComponent(this.#folder)}`;
  }

  /** The Unix socket that it listens on. */
  get socket(): string {
    return join(this.#folder, '.s.PGSQL.5432');
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
