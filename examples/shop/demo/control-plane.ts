import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from './child.ts';

/** The command of this repository. */
export const FAIRWAY = fileURLToPath(new URL('../../../fairway', import.meta.url));

/** A control plane as its own process, and what speaks to it. */
export interface ControlPlane {
  /** Its URL. */
  readonly server: string;
  /** Of the administrator. */
  readonly token: string;
  /** Resolves when the process that runs now has ended, however that came. */
  readonly ended: Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Stops it as a debugger or a frozen machine does: its sockets stay open, and nothing answers. */
  pause(): void;
  /** Lets it go on after {@link pause}. */
  resume(): void;
  /** Starts it again on the same data and the same port. It must have ended. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `fairway up` on its own data and resolves when it serves. `options`: further ones of the command. */
export async function startControlPlane(
  dataDir: string,
  port: number,
  options: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<ControlPlane> {
  const start = () => startProcess(dataDir, port, options, env);
  let child = await start();
  return {
    server: `http://127.0.0.1:${port}`,
    token: (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim(),
    get ended() {
      return child.ended;
    },
    kill: () => child.stop('SIGKILL'),
    pause: () => process.kill(child.pid, 'SIGSTOP'),
    resume: () => process.kill(child.pid, 'SIGCONT'),
    restart: async () => {
      child = await start();
    },
    stop: () => child.stop(),
  };
}

function startProcess(
  dataDir: string,
  port: number,
  options: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Child> {
  return startChild({
    name: 'control plane',
    command: FAIRWAY,
    args: ['up', '--data-dir', dataDir, '--port', String(port), ...options],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    ownGroup: true,
    readyLine: new RegExp(`http://127\\.0\\.0\\.1:${port}\\b`),
  });
}
