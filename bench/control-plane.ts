import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureAgentBundle } from '@fairway/agent';
import { type Client, createClient } from '@fairway/client';
import type { Lane } from '@fairway/model';
import { startServer } from '@fairway/server';

/** What an agent needs to be told. */
export interface LinkAddress {
  readonly server: string;
  readonly token: string;
  /** Where agents keep their snapshots. */
  readonly stateDir: string;
}

/** A control plane for one benchmark, in this process. */
export interface ControlPlane {
  readonly client: Client;
  readonly link: LinkAddress;
  /** A lane of the namespace. */
  lane(name: string): Lane;
  /** Resolves when so many instances are ready, and their agents know the lane that there is from the start. */
  ready(instances: number): Promise<void>;
  close(): Promise<void>;
}

const READY_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 20;

async function waitForReady(client: Client, namespace: string, count: number): Promise<void> {
  const latestMs = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const instances = await client.instances({ namespace });
    if (instances.filter(({ state, revision }) => state === 'ready' && revision !== null).length >= count) return;
    if (performance.now() > latestMs) throw new Error(`not ${count} agents were ready after ${READY_TIMEOUT_MS} ms`);
    await delay(LOOK_EVERY_MS);
  }
}

export const NAMESPACE = 'bench';
/** The lane that there is from the start. */
export const LANE = 'gray';

function laneOf(name: string): Lane {
  return { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name, namespace: NAMESPACE }, spec: {} };
}

/** Starts it on a store of its own, which goes when it is closed. Builds the agent where needed. */
export async function startControlPlane(): Promise<ControlPlane> {
  await ensureAgentBundle();
  const dataDir = await mkdtemp(join(tmpdir(), 'fairway-bench-'));
  const server = await startServer({ port: 0, dataDir, log: { level: 'warn' } });
  const client = createClient({ server: server.url, token: server.bootstrapToken as string });
  const { token } = await client.createToken({ name: 'bench', role: 'agent', namespace: NAMESPACE });
  await client.apply([laneOf(LANE)]);
  return {
    client,
    link: { server: server.url, token, stateDir: join(dataDir, 'agents') },
    lane: laneOf,
    ready: (instances) => waitForReady(client, NAMESPACE, instances),
    async close() {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
