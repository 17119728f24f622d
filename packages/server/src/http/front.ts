import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FairwayError } from '@fairway/model';
import type { HttpLimits } from './app.ts';
import { refuseUnreadable } from './client-error.ts';
import { PROBLEM_TYPE, problemDocument } from './problem.ts';

/** Connections that may wait to be accepted: a fleet returns as one. The operating system may allow fewer. */
const BACKLOG = 16_384;
const KEEP_ALIVE_MS = 72_000;
const MAX_CHECK_MS = 5_000;
const SWEEP_MS = 50;

/** What answers requests. */
export interface Responder {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Ends what it does in good order. Requests are not given to it any more. */
  close(): Promise<void>;
}

/** The port of this process: takes connections within bounds, and has a responder answer their requests. */
export class Front {
  readonly #server: Server;
  /** Who answers; undefined: nobody now, which is said. */
  responder: Responder | undefined;

  constructor({ maxHeaderBytes, maxConnections, requestTimeoutMs }: HttpLimits) {
    const bounds = {
      maxHeaderSize: maxHeaderBytes,
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(requestTimeoutMs, MAX_CHECK_MS),
    };
    this.#server = createServer(bounds, (request, response) => {
      if (this.responder) this.responder.handle(request, response);
      else refuse(response, 'nobody leads the replicas of this control plane now: try again in a second');
    });
    this.#server.maxConnections = maxConnections;
    this.#server.on('clientError', refuseUnreadable);
  }

  /** @throws FairwayError FAIRWAY_ENVIRONMENT: the port is taken */
  async listen(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => {
        const text = `cannot listen on ${host}:${port}: ${error.message}`;
        reject(new FairwayError('FAIRWAY_ENVIRONMENT', text, { cause: error }));
      });
      this.#server.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    const { address, family, port: taken } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
  }

  /**
   * Stops listening, lets the responder end, then closes all connections: also those on which clients have not asked for
   * anything yet, which Node.js counts neither as idle nor as busy.
   */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.responder?.close();
    const sweep = setInterval(() => this.#server.closeAllConnections(), SWEEP_MS);
    this.#server.closeAllConnections();
    await closed.finally(() => clearInterval(sweep));
  }
}

/** Says that nobody can answer now. Safe to ask again. */
export function refuse(response: ServerResponse, text: string): void {
  const document = problemDocument(new FairwayError('FAIRWAY_NO_LEADER', text));
  response.writeHead(document.status, { 'content-type': PROBLEM_TYPE, 'retry-after': '1', connection: 'close' });
  response.end(JSON.stringify(document));
}
