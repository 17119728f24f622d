import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process of the benchmark: ends when this one does, because its channel closes. */
export class Worker {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts a script; resolves with the first message where `ready`, else at once. `execPath`: the Node.js to run it. */
  static async start(
    file: URL,
    options: { env?: NodeJS.ProcessEnv; ready?: boolean; execPath?: string } = {},
  ): Promise<Worker> {
    const { env = {}, ready = false, execPath = process.execPath } = options;
    const child = fork(file, {
      env: { ...process.env, ...env },
      execPath,
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${file.pathname} ended with ${code} before it was ready`);
    });
    if (ready) await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => {});
    return new Worker(child);
  }

  /** Sends a message and waits for the answer. */
  async ask<T>(message: object): Promise<T> {
    const answered = once(this.#child, 'message');
    this.#child.send(message);
    const [answer] = (await answered) as [{ result?: T; error?: string }];
    if (answer.result === undefined) throw new Error(answer.error ?? 'no result');
    return answer.result;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
