import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  API_VERSION,
  type Gateway,
  type GatewayEntry,
  type Instance,
  type Resource,
  type WrittenRequest,
} from '@fairway/model';
import { type NginxHost, openNginxHost } from '../nginx/nginx-host.ts';
import { findNginx, type Program } from '../nginx/program.ts';
import { type RenderInput, renderNginx } from '../render/render-nginx.ts';

/** What an instance behind the gateway saw of a request. */
interface Seen {
  readonly status: number;
  /** Id of the instance; empty: the gateway answered. */
  readonly instance: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A gateway under test: real NGINX in a directory of its own, and instances that say what they saw. */
export interface Bed {
  readonly program: Program;
  readonly host: NginxHost;
  readonly dir: string;
  readonly port: number;
  readonly tcpPort: number;
  readonly instances: readonly Instance[];
  input(resources: readonly Resource[], spec?: Partial<Gateway['spec']>): RenderInput;
  apply(resources: readonly Resource[], spec?: Partial<Gateway['spec']>): Promise<string>;
  send(request: WrittenRequest, body?: string): Promise<Seen>;
  close(): Promise<void>;
}

const LANES = ['', 'gray', 'blue'] as const;

async function listen(server: ReturnType<typeof createTcpServer>, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server, '127.0.0.1');
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function echo(id: string) {
  return createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.setHeader('x-instance', id);
    response.end(JSON.stringify({ url: request.url, headers: request.headers, body }));
  });
}

async function startInstances(): Promise<{ instances: Instance[]; close(): void }> {
  const servers = LANES.map((lane) => ({ lane, server: echo(lane || 'base') }));
  const instances = await Promise.all(
    servers.map(async ({ lane, server }): Promise<Instance> => {
      const port = await listen(server, '127.0.0.1');
      return { id: lane || 'base', service: 'shop/web', lane, host: '127.0.0.1', ports: [port], state: 'ready' };
    }),
  );
  const close = () => {
    for (const { server } of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  return { instances, close };
}

/** Sends a request as written, on a connection of its own. */
function sendTo(port: number, written: WrittenRequest, body = ''): Promise<Seen> {
  const { method = 'GET', url = '/', headers = {} } = written;
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path: url,
      headers: headers as Record<string, string>,
      agent: false,
    };
    const request = httpRequest(options, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      const instance = String(response.headers['x-instance'] ?? '');
      const told =
        instance === ''
          ? { headers: {}, body: text }
          : (JSON.parse(text) as { headers: IncomingHttpHeaders; body: string });
      resolve({ status: response.statusCode ?? 0, instance, headers: told.headers, body: told.body });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Makes a bed with a base, a gray and a blue instance of `shop/web` behind the gateway `shop/public`. */
export async function makeBed(): Promise<Bed> {
  const program = await findNginx();
  const dir = await mkdtemp(join(tmpdir(), 'fairway gateway '));
  const host = await openNginxHost(program, dir);
  const [port, tcpPort, { instances, close }] = [await freePort(), await freePort(), await startInstances()];
  const web: GatewayEntry = { name: 'web', protocol: 'http', listen: `127.0.0.1:${port}`, service: 'web' };
  const input: Bed['input'] = (resources, spec) => ({
    gateway: {
      apiVersion: API_VERSION,
      kind: 'Gateway',
      metadata: { name: 'public', namespace: 'shop' },
      spec: { type: 'nginx', entries: [web], ...spec },
    },
    resources,
    instances,
    host: { dir, workers: 2, streamModule: program.streamModule },
  });
  return {
    program,
    host,
    dir,
    port,
    tcpPort,
    instances,
    input,
    apply: (resources, spec) => host.apply(renderNginx(input(resources, spec))),
    send: (request, body) => sendTo(port, request, body),
    async close() {
      await host.stop();
      close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A Lane of namespace `shop`. */
export function lane(name: string, spec: Extract<Resource, { kind: 'Lane' }>['spec']): Resource {
  return { apiVersion: API_VERSION, kind: 'Lane', metadata: { name, namespace: 'shop' }, spec };
}

/** A Lane whose one entry rule holds at the gateway of the bed. */
export function entry(name: string, rule: object): Resource {
  return lane(name, { entry: [{ services: ['public'], ...rule }] });
}
