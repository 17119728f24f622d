import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Instance, Resource } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';

/** What an instance does with a request; undefined: it answers with its name. */
export type Script = ((request: IncomingMessage, response: ServerResponse) => void) | undefined;

/** An instance that does as it is told. */
export interface ScriptedInstance {
  readonly id: string;
  script: Script;
  /** Requests that came. */
  requests: number;
  /** Ends all of its connections. */
  cut(): void;
}

/** Service `shop/order` at `http://order:<port>`: instances a, b … on 127.0.`subnet`.1, 2 … */
export interface ScriptedService {
  readonly plane: FakeControlPlane;
  readonly url: string;
  readonly instances: readonly ScriptedInstance[];
  /** Begins anew: all are well and known as told, counts are zero, one policy holds. */
  begin(policy?: object, more?: (id: string) => Partial<Instance>): void;
  close(): Promise<void>;
}

/** Starts it and a control plane that knows it. */
export async function startScriptedService(subnet: number, count: number, isHttp2 = false): Promise<ScriptedService> {
  let port = 0;
  const running: { readonly instance: ScriptedInstance; readonly server: Server }[] = [];
  for (let i = 0; i < count; i++) {
    const answer: RequestListener = (request, response) => {
      instance.requests++;
      if (instance.script) instance.script(request, response);
      else response.end(instance.id);
    };
    const server = isHttp2 ? (createHttp2Server(answer as never) as unknown as Server) : createServer(answer);
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.keepAliveTimeout = 60_000;
    const instance: ScriptedInstance = {
      id: 'abcdefgh'[i] as string,
      script: undefined,
      requests: 0,
      cut() {
        for (const socket of sockets) socket.destroy();
      },
    };
    await once(server.listen(port, `127.0.${subnet}.${i + 1}`), 'listening');
    port = (server.address() as AddressInfo).port;
    running.push({ instance, server });
  }
  const instances = running.map(({ instance }) => instance);
  const plane = await startFakeControlPlane('shop', (address) => (address === `order:${port}` ? 'shop/order' : null));
  return {
    plane,
    url: `http://order:${port}`,
    instances,
    begin(policy = {}, more = () => ({})) {
      for (const instance of instances) Object.assign(instance, { script: undefined, requests: 0 });
      const at = { ports: [port], service: 'shop/order', state: 'ready' as const };
      plane.setResources([policyOf(policy)]);
      plane.setInstances(instances.map(({ id }, i) => ({ id, host: `127.0.${subnet}.${i + 1}`, ...at, ...more(id) })));
    },
    async close() {
      for (const { server, instance } of running) {
        server.close();
        instance.cut();
      }
      await plane.close();
    },
  };
}

function policyOf(spec: object): Resource {
  const metadata = { name: 'calls', namespace: 'shop' };
  return { apiVersion: 'fairway.dev/v1', kind: 'Policy', metadata, spec: { services: '*', ...spec } } as Resource;
}
