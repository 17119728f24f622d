import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** A process of the fleet that does what it is asked to. It ends when this one does, because its channel closes. */
export class Member {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid as number;
    child.on('message', ({ id, result, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result as never);
      else waiting?.reject(new Error(error));
    });
    child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`a process ended: ${code ?? signal}`));
    });
  }

  /** Starts a script that calls {@link answering}; resolves when it did. */
  static async start(script: URL, execArgv: readonly string[] = []): Promise<Member> {
    const child = fork(script, {
      execArgv: [...execArgv],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${script.pathname} ended with ${code} before it was ready`);
    });
    ended.catch(() => {});
    await Promise.race([once(child, 'message'), ended]);
    return new Member(child);
  }

  /** The answer to an order. */
  ask<T>(what: string, order: object = {}): Promise<T> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, what, order });
    });
  }

  /** Has it stand still, or go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Ends it in good order, or at once, as a fault would. */
  async end(how: 'stop' | 'kill'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    if (how === 'stop') this.#child.disconnect();
    else this.#child.kill('SIGKILL');
    await ended;
  }
}

/** The other end of a {@link Member}: what is done about each order, by name. */
export function answering(orders: Readonly<Record<string, (order: never) => unknown>>): void {
  const send = (message: Answer | 'ready') => process.send?.(message);
  process.on('message', async ({ id, what, order }: { id: number; what: string; order: object }) => {
    try {
      send({ id, result: await orders[what]?.(order as never) });
    } catch (error) {
      send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
  send('ready');
}

/** Milliseconds on a clock that all processes of a machine share. */
export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
