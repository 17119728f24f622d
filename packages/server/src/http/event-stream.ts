import type { ServerResponse } from 'node:http';

/** Begins an answer of server-sent events. Its connection is not used again: it ends with the stream. */
export function beginEventStream(response: ServerResponse): void {
  // A reader that went away: the `close` that follows says all.
  response.on('error', () => {});
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', connection: 'close' });
}
