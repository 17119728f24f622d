import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureAgentBundle } from '@fairway/agent';
import { type Client, createClient } from '@fairway/client';
import type { Resource } from '@fairway/model';
import { type Child, startChild } from '@fairway/shop/demo/child.ts';
import { type ControlPlane, startControlPlane } from '@fairway/shop/demo/control-plane.ts';
import { freePort } from '@fairway/shop/demo/free-port.ts';
import { type RunningGateway, startGateway } from '@fairway/shop/demo/gateway.ts';
import { loopbackBlock } from '@fairway/shop/demo/plan.ts';
import { PORTS } from './client.ts';
import { startClusterAddress } from './cluster-address.ts';
import { type Lag, startLag } from './lag.ts';
import type { Count, Failure } from './load.ts';
import { type Governance, temporary } from './world.ts';

export const NAMESPACE = 'storm';
const CALLER = fileURLToPath(new URL('./caller.ts', import.meta.url));
const READY_MS = 30_000;
const ASK_AGAIN_MS = 50;
const ALL_PORTS = Object.values(PORTS);
/** By these callers dial the services, with an agent or without. */
const BLOCK = loopbackBlock(process.pid);
const ADDRESSES = { front: `${BLOCK}.1`, back: `${BLOCK}.2` };

/** A caller under the agent. */
export interface Caller {
  /** How long its requests took, by when they were sent (wall clock). Empty until it has ended. */
  readonly took: readonly (readonly [sentMs: number, tookMs: number])[];
  /** Ends it; its counts. */
  end(): Promise<Record<string, Count>>;
}

/** Fairway, with a control plane that agents reach over a relay. */
export interface Governed extends Governance {
  readonly client: Client;
  readonly controlPlane: ControlPlane;
  readonly lag: Lag;
  readonly gateway: RunningGateway;
  startCaller(perSecond: number, onFailure: (failure: Failure) => void): Promise<Caller>;
}

/** Starts control plane, relay and NGINX. What ends them is added to `stops`. */
export async function startGoverned(
  policies: readonly Resource[],
  stops: (() => Promise<unknown>)[],
): Promise<Governed> {
  const [agent, { folder, port }] = await Promise.all([ensureAgentBundle(), temporary(stops)]);
  const controlPlane = await startControlPlane(join(folder, 'data'), port);
  stops.push(() => controlPlane.stop());
  const lag = await startLag(port);
  stops.push(() => lag.close());
  const addresses = {
    front: await startClusterAddress(ADDRESSES.front, Object.values(PORTS)),
    back: await startClusterAddress(ADDRESSES.back, Object.values(PORTS)),
  };
  stops.push(() => Promise.all([addresses.front.close(), addresses.back.close()]));
  const client = createClient(controlPlane);
  const entry = { host: '127.0.0.1', port: await freePort() };
  const { revision } = await client.apply([...resources(entry.port), ...policies]);
  const { token } = await client.createToken({ name: 'storm', role: 'agent', namespace: NAMESPACE });
  const gateway = startGateway({ name: 'edge', namespace: NAMESPACE, dir: join(folder, 'edge'), client, revision });
  stops.push(() => gateway.stop());
  await gateway.servedAt(revision, READY_MS);

  const agentEnvironment = (service: string) => ({
    NODE_OPTIONS: `--require ${agent}`,
    FAIRWAY_SERVER: `http://127.0.0.1:${lag.port}`,
    FAIRWAY_TOKEN: token,
    FAIRWAY_NAMESPACE: NAMESPACE,
    FAIRWAY_SERVICE: service,
    FAIRWAY_STATE_DIR: join(folder, 'state'),
  });
  return {
    client,
    controlPlane,
    lag,
    gateway,
    entry,
    environment: (service, id) => ({
      ...agentEnvironment(service),
      FAIRWAY_INSTANCE: id,
      ...(service === 'front' ? { NEXT: `http://${ADDRESSES.back}:${PORTS['http/1.1']}` } : {}),
    }),
    arrived: ({ id }) => ready(client, id),
    async published(instances) {
      for (const service of ['front', 'back'] as const) {
        addresses[service].hosts = instances[service].map(({ host }) => host);
      }
    },
    startCaller: (perSecond, onFailure) => startCaller(perSecond, agentEnvironment('caller'), onFailure),
  };
}

function resources(port: number): Resource[] {
  const apiVersion = 'fairway.dev/v1';
  const named = (name: string) => ({ apiVersion, metadata: { name, namespace: NAMESPACE } }) as const;
  const entry = { name: 'web', protocol: 'http', listen: `127.0.0.1:${port}`, service: 'front', port: 8080 } as const;
  return [
    { ...named('front'), kind: 'Service', spec: { hosts: [ADDRESSES.front] } },
    { ...named('back'), kind: 'Service', spec: { hosts: [ADDRESSES.back] } },
    { ...named('edge'), kind: 'Gateway', spec: { type: 'nginx', entries: [entry] } },
  ];
}

/** Resolves when the directory says that an instance takes traffic on all its ports. */
async function ready(client: Client, id: string): Promise<void> {
  const latestMs = performance.now() + READY_MS;
  for (;;) {
    // While the control plane is away nobody is ready anew: those that wait go on when it is back.
    const instances = await client.instances({ namespace: NAMESPACE }).catch(() => []);
    const one = instances.find((instance) => instance.id === id);
    if (one?.state === 'ready' && one.connected && ALL_PORTS.every((port) => one.ports.includes(port))) return;
    if (performance.now() > latestMs) throw new Error(`${id} was not ready after ${READY_MS} ms`);
    await delay(ASK_AGAIN_MS);
  }
}

async function startCaller(
  perSecond: number,
  env: NodeJS.ProcessEnv,
  onFailure: (failure: Failure) => void,
): Promise<Caller> {
  let counts: Record<string, Count> = {};
  let took: Caller['took'] = [];
  const child: Child = await startChild({
    name: 'caller',
    command: process.execPath,
    args: ['--no-warnings', CALLER, ADDRESSES.front, String(perSecond)],
    env: { PATH: process.env['PATH'], ...env },
    readyLine: /^caller is up$/,
    ownGroup: true,
    onLine(line) {
      if (!line.startsWith('{')) return;
      const said = JSON.parse(line) as { failure?: Failure; counts?: Record<string, Count>; took?: Caller['took'] };
      if (said.failure) onFailure(said.failure);
      if (said.counts) counts = said.counts;
      if (said.took) took = said.took;
    },
  });
  return {
    get took() {
      return took;
    },
    async end() {
      await child.stop('SIGTERM', 20_000);
      return counts;
    },
  };
}
