import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** The requests that a server is answering now. */
export class OpenRequests {
  #count = 0;
  #drained: (() => void) | null = null;

  constructor(server: Server) {
    server.on('request', (_request, response) => {
      this.#count++;
      response.once('close', () => {
        this.#count--;
        if (this.#count === 0) this.#drained?.();
      });
    });
  }

  /** Fulfilled when none is open, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/**
 * Stops listening, lets open requests end for `timeoutMs`, then closes all connections: also those on which clients
 * have not asked for anything yet, which Node.js counts neither as idle nor as busy.
 */
export async function shutDown(app: FastifyInstance, open: OpenRequests, timeoutMs: number): Promise<void> {
  const closed = app.close();
  await open.drain(timeoutMs);
  const sweep = setInterval(() => app.server.closeAllConnections(), 50);
  app.server.closeAllConnections();
  await closed.finally(() => clearInterval(sweep));
}
