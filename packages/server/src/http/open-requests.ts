import type { ServerResponse } from 'node:http';

/** The requests that are being answered now, each with what is kept of it. */
export class OpenRequests<T = undefined> {
  readonly #open = new Map<ServerResponse, T>();
  #drained: (() => void) | null = null;

  /** Takes one in, until it is over. */
  add(response: ServerResponse, kept: T): void {
    this.#open.set(response, kept);
    response.once('close', () => {
      this.#open.delete(response);
      if (this.#open.size === 0) this.#drained?.();
    });
  }

  get(response: ServerResponse): T | undefined {
    return this.#open.get(response);
  }

  all(): Iterable<readonly [ServerResponse, T]> {
    return this.#open;
  }

  /** Lets them end for `timeoutMs`, then ends those that have not. */
  async drain(timeoutMs: number): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    for (const response of this.#open.keys()) response.destroy();
  }
}
