import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

/** Answers in pieces, breaks off, or says nothing; by WebSocket it says one word. */
export interface Upstream {
  readonly url: string;
  close(): Promise<void>;
}

const answers: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  '/pieces': (response) => inPieces(response, ['a', 'b', 'c']),
  '/events': (response) => inPieces(response, ['data: a\n\n', 'data: b\n\n']),
  '/reset': ({ socket }) => socket?.destroy(),
  '/torn': async (response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('a', () => response.destroy());
  },
  '/silence': () => undefined,
};

async function inPieces(response: ServerResponse, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    response.write(piece);
    await setImmediate();
  }
  response.end();
}

/** Starts it on a port of 127.0.0.1. */
export async function startUpstream(): Promise<Upstream> {
  const server = createServer((request, response) => {
    answers[request.url ?? '']?.(response);
  });
  server.keepAliveTimeout = 60_000;
  new WebSocketServer({ server }).on('connection', (socket) => socket.send('word'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
