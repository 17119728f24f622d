import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';

/** What a backend saw of a call. */
export interface Seen {
  readonly at: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Which of its connections it came on. */
  readonly connection: number;
  readonly servername: string | null;
  readonly sha256: string;
}

/** A backend that answers with what it saw; `/hang` is never answered. */
export interface Backend {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Resolves when the next call to `/hang` came in. */
  hung(): Promise<void>;
  close(): Promise<void>;
}

const fixture = (name: string) => readFileSync(new URL(`fixture/${name}`, import.meta.url));

/** Starts a backend on a loopback address of its own; `port` 0: any. */
export async function startBackend(name: string, host: string, port: number, isTls = false): Promise<Backend> {
  const happened = new EventEmitter();
  const connections = new Map<object, number>();
  const seen = (req: IncomingMessage, sha256: string) =>
    JSON.stringify({
      at: name,
      method: req.method,
      url: req.url,
      headers: req.headers,
      connection: connections.get(req.socket) ?? 0,
      servername: (req.socket as TLSSocket).servername ?? null,
      sha256,
    });
  const answer: RequestListener = async (req, res) => {
    const hash = createHash('sha256');
    req.on('error', () => res.destroy());
    for await (const chunk of req) hash.update(chunk);
    if (req.url === '/hang') happened.emit('hung');
    else res.end(seen(req, hash.digest('hex')));
  };
  const server: Server = isTls
    ? createTlsServer({ key: fixture('key.pem'), cert: fixture('certificate.pem') }, answer)
    : createServer(answer);
  server.keepAliveTimeout = 60_000;
  server.on(isTls ? 'secureConnection' : 'connection', (socket) => connections.set(socket, connections.size + 1));
  new WebSocketServer({ server }).on('connection', (socket, req) => socket.send(seen(req, '')));
  await once(server.listen(port, host), 'listening');
  return {
    name,
    host,
    port: (server.address() as AddressInfo).port,
    async hung() {
      await once(happened, 'hung');
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
