import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A script of the benchmark in a process of its own: ends when this one does, because its channel closes. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.#ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`${name} ended (${code ?? signal})`);
    });
    this.#ended.catch(() => {});
  }

  /** Starts a script; resolves when it sent its first message. `execPath`: the Node.js to run it. */
  static async start(
    file: URL,
    options: { env?: NodeJS.ProcessEnv; execPath: string; execArgv?: string[] },
  ): Promise<Worker> {
    const { env, execPath, execArgv = [] } = options;
    const child = fork(file, {
      env: { ...process.env, ...env },
      execPath,
      execArgv,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const worker = new Worker(child, file.pathname);
    await worker.#next();
    return worker;
  }

  /** Sends it a message, and gives the next one that it sends. */
  async ask<T>(message: object): Promise<T> {
    const answer = this.#next();
    this.#child.send(message);
    return (await answer) as T;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.disconnect();
    await this.#ended.catch(() => {});
  }

  async #next(): Promise<unknown> {
    const [message] = await Promise.race([once(this.#child, 'message'), this.#ended]);
    return message;
  }
}
