import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process of the benchmark: ends when this one does, because its channel closes. */
export class Worker {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts a script; resolves when it sent its first message. `execPath`: the Node.js to run it. */
  static async start(file: URL, options: { env: NodeJS.ProcessEnv; execPath: string }): Promise<Worker> {
    const { env, execPath } = options;
    const child = fork(file, {
      env: { ...process.env, ...env },
      execPath,
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${file.pathname} ended with ${code} before it was ready`);
    });
    ended.catch(() => {});
    await Promise.race([once(child, 'message'), ended]);
    return new Worker(child);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
