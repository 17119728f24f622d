import type { ServerResponse } from 'node:http';

/** The requests that are being answered now. */
export class OpenRequests {
  readonly #open = new Set<ServerResponse>();
  #drained: (() => void) | null = null;

  /** Takes one in, until it is over. */
  add(response: ServerResponse): void {
    this.#open.add(response);
    response.once('close', () => {
      this.#open.delete(response);
      if (this.#open.size === 0) this.#drained?.();
    });
  }

  all(): Iterable<ServerResponse> {
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
    for (const response of this.#open) response.destroy();
  }
}
