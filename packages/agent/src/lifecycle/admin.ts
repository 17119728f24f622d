import { EventEmitter } from 'node:events';
import * as http from 'node:http';
import { Server } from 'node:net';
import type { Log } from '../log.ts';

/** What the admin port does. */
export interface AdminActions {
  /** Whether traffic may come, and why not. */
  ready(): Promise<{ readonly ready: boolean; readonly why?: string }>;
  status(): Promise<object>;
  /** Leaves; answered once it is quiet. */
  offline(): Promise<object>;
  /** Takes traffic again. */
  online(): Promise<object>;
  /** What this process counted, in the text format of Prometheus. */
  metrics(): string;
}

/** The admin port of a process. */
export interface AdminPort {
  readonly server: Server;
  /** Opens it, unless that was done. */
  open(): void;
}

/** Where it listens. */
export interface AdminAddress {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/**
 * Creates the port with Node's own core as it is now, so that it is no server of the application's: call it before the interception is
 * installed. It does not keep the process alive. From elsewhere only `GET /ready` is answered, and a page in a browser can ask for nothing
 * that changes anything.
 */
export function createAdminPort({ host, port }: AdminAddress, actions: AdminActions, log: Log): AdminPort {
  const { listen } = Server.prototype;
  const { emit } = EventEmitter.prototype;
  const server = http.createServer((req, res) => {
    answer(req, actions).then(
      ([status, body]) => send(res, status, body),
      () => send(res, 500, { error: 'failed' }),
    );
  });
  Object.assign(server, { listen, emit });
  server.on('connection', (socket) => socket.unref());
  server.on('error', (error) => log.error(`admin port ${host}:${port}: ${error.message}`));
  let isOpen = false;
  return {
    server,
    open() {
      if (isOpen) return;
      isOpen = true;
      server.listen({ host, port, exclusive: true }).unref();
    },
  };
}

/** Text is sent as it is, all else as JSON. */
type Answer = readonly [status: number, body: object | string];

async function answer(req: http.IncomingMessage, actions: AdminActions): Promise<Answer> {
  const what = `${req.method} ${(req.url ?? '').split('?')[0]}`;
  if (what === 'GET /ready') {
    const told = await actions.ready();
    return [told.ready ? 200 : 503, told];
  }
  if (!LOOPBACK.test(req.socket.remoteAddress ?? '') || req.headers.origin !== undefined)
    return [403, { error: 'from this machine only' }];
  if (what === 'GET /status') return [200, await actions.status()];
  if (what === 'GET /metrics') return [200, actions.metrics()];
  if (what === 'POST /offline') return [200, await actions.offline()];
  if (what === 'POST /online') return [200, await actions.online()];
  return [404, { error: 'GET /ready, GET /status, GET /metrics, POST /offline or POST /online' }];
}

function send(res: http.ServerResponse, status: number, body: Answer[1]): void {
  const isText = typeof body === 'string';
  const text = isText ? body : `${JSON.stringify(body)}\n`;
  res.writeHead(status, {
    'content-type': isText ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  res.end(text);
}
