import type { ServerResponse } from 'node:http';

/** The requests that are being answered now. */
export class OpenRequests {
  readonly #open = new Set<ServerResponse>();
  #drained: (() => void) | null = null;

  add(response: ServerResponse): void {
    this.#open.add(response);
    response.once('close', () => {
      this.#open.delete(response);
      if (this.#open.size === 0) this.#drained?.();
    });
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
    this.end();
  }

  /** Ends all of them now. */
  end(): void {
    for (const response of this.#open) response.destroy();
  }

  /** Ends those that would not end by themselves. */
  endStreams(): void {
    for (const response of this.#open) {
      if (String(response.getHeader('content-type')).startsWith('text/event-stream')) response.destroy();
    }
  }
}
