import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAgentBundle } from '@fairway/agent';
import { type Client, createClient } from '@fairway/client';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { freePort } from './free-port.ts';
import { type RunningGateway, startGateways } from './gateway.ts';
import { agentsAt, instancesLinked, LINKED_DEADLINE_MS, NAMESPACE } from './instances.ts';
import { loopbackBlock, type PlannedInstance, plannedInstances } from './plan.ts';
import { readGateway, readResources } from './resource-file.ts';
import type { Entries } from './send.ts';
import { buildWarehouse, type ServiceName } from './service-program.ts';
import { Shop, type StartOptions } from './shop.ts';

/** The shop, governed: a control plane, every service in its releases, and NGINX before them. All real processes. */
export interface Fleet {
  readonly entries: Entries;
  readonly instances: readonly PlannedInstance[];
  /** For the administrator. */
  readonly client: Client;
  readonly controlPlane: ControlPlane;
  readonly gateway: RunningGateway;
  /** Holds everything that this run writes. */
  readonly folder: string;
  /** Resolves when every agent routes by the revision. @throws Error when one does not within the time */
  agentsAt(revision: number, timeoutMs: number): Promise<void>;
  /** Resolves when every instance is ready and its agent linked. */
  linked(): Promise<void>;
  /** Replaces every base instance of a service by a new one, one after the other, as a release does; how many. */
  roll(service: ServiceName): Promise<number>;
  /** Ends every process that was started, and removes their files. */
  stop(): Promise<void>;
}

export interface FleetOptions extends StartOptions {
  /** Used as far as they are free. */
  readonly preferredPorts?: { readonly server: number; readonly http: number; readonly tcp: number };
}

/** What ends the parts that run, in the order of their start. */
type Stops = (() => Promise<void>)[];

/** Starts all of it and resolves when every instance is ready, every agent is up to date and NGINX serves. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const stops: Stops = [];
  const stop = async () => {
    for (let end = stops.pop(); end; end = stops.pop()) await end();
  };
  try {
    return Object.assign(await startParts(options, stops), { stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(options: FleetOptions, stops: Stops): Promise<Omit<Fleet, 'stop'>> {
  const { say, signal, preferredPorts } = options;
  const folder = await mkdtemp(join(tmpdir(), 'fairway-shop-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const entries = await chooseEntries(preferredPorts);

  const controlPlane = await startControlPlane(join(folder, 'data'), await freePort(preferredPorts?.server));
  stops.push(() => controlPlane.stop());
  say(`control plane ${controlPlane.server}`);
  const client = createClient(controlPlane);
  const { revision } = await client.apply(await allResources(entries), { reason: 'the shop' });

  const shop = await startShop(client, controlPlane.server, folder, stops, options);
  const linked = () => instancesLinked(client, shop.instances, signal);
  await linked();
  say(`${shop.instances.length} instances are ready`);

  const gateway = startGateways(join(folder, 'gateway'), client, revision);
  stops.push(() => gateway.stop());
  await gateway.servedAt(revision, LINKED_DEADLINE_MS);
  say(`NGINX http://${entries.http.host}:${entries.http.port} and TCP ${entries.tcp.host}:${entries.tcp.port}`);

  const upToDate = (wanted: number, timeoutMs: number) => agentsAt(client, wanted, timeoutMs, shop.instances.length);
  await upToDate(revision, LINKED_DEADLINE_MS / 2);
  return {
    entries,
    get instances() {
      return shop.instances;
    },
    client,
    controlPlane,
    gateway,
    folder,
    linked,
    roll: shop.roll,
    agentsAt: upToDate,
  };
}

async function startShop(
  client: Client,
  server: string,
  folder: string,
  stops: Stops,
  options: FleetOptions,
): Promise<Shop> {
  const [file] = await Promise.all([ensureAgentBundle(), buildWarehouse()]);
  const { token } = await client.createToken({ name: 'shop agents', role: 'agent', namespace: NAMESPACE });
  const shop = new Shop(client, { file, server, token, stateDir: join(folder, 'state') }, options);
  stops.push(() => shop.stop());
  await shop.start(plannedInstances(loopbackBlock(process.pid)));
  return shop;
}

async function chooseEntries(preferred: FleetOptions['preferredPorts']): Promise<Entries> {
  const host = '127.0.0.1';
  const http = await freePort(preferred?.http);
  const tcp = await freePort(preferred?.tcp);
  return { http: { host, port: http }, tcp: { host, port: tcp } };
}

async function allResources(entries: Entries) {
  const files = ['lane-gray.yaml', 'lane-dev.yaml', 'route-warehouse.yaml'];
  const parts = await Promise.all([readGateway(entries), ...files.map(readResources)]);
  return parts.flat();
}
