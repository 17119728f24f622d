import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A connection of an HTTP server: Node.js keeps on it the response that is under way, and what parses it. */
export type HttpSocket = Socket & { _httpMessage?: ServerResponse | null; parser?: object | null };

/** Things that end without telling: held until they are over, and not much longer. */
export class Living<T extends { readonly destroyed: boolean }> {
  readonly #all = new Set<T>();
  #sweepAt = 64;

  add(one: T): void {
    this.#all.add(one);
    if (this.#all.size < this.#sweepAt) return;
    for (const known of this.#all) if (known.destroyed) this.#all.delete(known);
    this.#sweepAt = Math.max(64, 2 * this.#all.size);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const one of this.#all) if (!one.destroyed) yield one;
  }
}

/** What is under way. `stream`: it has no end that is known: an upgrade, events, an answer without a length. */
export type Work = 'none' | 'request' | 'stream';

/** What is under way on a connection of HTTP/1.1. */
export function workOn(socket: HttpSocket): Work {
  const response = socket._httpMessage;
  if (response) return isEndless(response) ? 'stream' : 'request';
  return socket.parser === null ? 'stream' : 'none';
}

function isEndless(response: ServerResponse): boolean {
  return (
    response.headersSent && !response.writableEnded && !response.hasHeader('content-length') && !hasLength(response)
  );
}

/** Headers given to `writeHead` are nowhere but in the head itself. */
function hasLength(response: ServerResponse): boolean {
  const head = (response as unknown as { _header?: unknown })._header;
  return typeof head === 'string' && /\r\ncontent-length: /i.test(head);
}
