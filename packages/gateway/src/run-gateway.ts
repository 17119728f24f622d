import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@fairway/client';
import { instancesOf } from '@fairway/core';
import { FairwayError, type Gateway, isFairwayError, namespaceOf, type Resource, type World } from '@fairway/model';
import { type Applied, openNginxHost } from './nginx/nginx-host.ts';
import { findNginx, type Program } from './nginx/program.ts';
import { type Rendered, renderNginx } from './render/render-nginx.ts';
import { aged, isWarming } from './render/warming.ts';
import { resolveHosts } from './resolve-host.ts';

/** What happens to a running gateway. */
export type GatewayEvent =
  | { readonly type: Applied; readonly ms: number }
  | { readonly type: 'resumed' }
  | { readonly type: 'refused'; readonly error: FairwayError }
  | { readonly type: 'away'; readonly error: Error }
  | { readonly type: 'unresolved'; readonly instance: string; readonly host: string };

export interface GatewayOptions {
  readonly client: Pick<Client, 'world' | 'events' | 'gatewayApplied'>;
  /** Name of the Gateway resource. */
  readonly gateway: string;
  readonly namespace: string;
  /** Absolute; belongs to this gateway alone. */
  readonly dir: string;
  /** Ends the watch and, once open requests are served, NGINX. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: GatewayEvent) => void;
  /** NGINX's program; default `nginx`. */
  readonly nginx?: string;
  /** Default: as many as there are processors. */
  readonly workers?: number;
}

/** Changes of one burst (an apply, a rolling release) make one new configuration. */
const DEBOUNCE_MS = 50;

/** What is in force is said again after so long. */
const SIGN_OF_LIFE_MS = 5_000;

/** While an instance warms up, its weight is looked at so often. */
const WARMING_STEP_MS = 1000;

function findGateway(resources: readonly Resource[], namespace: string, name: string): Gateway {
  const gateways = resources.filter((resource) => resource.kind === 'Gateway');
  const found = gateways.find((gateway) => gateway.metadata.name === name && namespaceOf(gateway) === namespace);
  if (found) return found;
  const known = gateways.map((gateway) => `${namespaceOf(gateway)}/${gateway.metadata.name}`).join(', ');
  throw new FairwayError(
    'FAIRWAY_NOT_FOUND',
    `there is no Gateway ${namespace}/${name} (there are: ${known || 'none'})`,
  );
}

function needStream(program: Program, gateway: Gateway): void {
  if (program.hasStream || !gateway.spec.entries.some(({ protocol }) => protocol === 'tcp')) return;
  throw new FairwayError(
    'FAIRWAY_ENVIRONMENT',
    'TCP entries need the stream module of NGINX: install libnginx-mod-stream',
  );
}

/** Renders a gateway from a world as this machine's NGINX takes it. */
export async function renderGateway(
  options: Pick<GatewayOptions, 'gateway' | 'namespace' | 'dir' | 'workers'>,
  world: World,
  program: Program,
  onEvent: GatewayOptions['onEvent'],
): Promise<Rendered> {
  const resources = world.resources ?? [];
  const gateway = findGateway(resources, options.namespace, options.gateway);
  needStream(program, gateway);
  const { instances, unresolved } = await resolveHosts(instancesOf(world, options.namespace));
  for (const { id, host } of unresolved) onEvent({ type: 'unresolved', instance: id, host });
  const host = {
    dir: options.dir,
    workers: options.workers ?? availableParallelism(),
    streamModule: program.streamModule,
  };
  return renderNginx({ gateway, resources, instances, host });
}

function isRefused(error: unknown): error is FairwayError {
  return isFairwayError(error) && (error.code === 'FAIRWAY_GATEWAY_REFUSED' || error.code === 'FAIRWAY_NOT_FOUND');
}

/** Runs a task for each burst of calls: one at a time, and once more if it was asked for meanwhile. */
function debounced(task: () => Promise<void>, signal: AbortSignal): { ask(): void; idle(): Promise<void> } {
  let asked = false;
  let running: Promise<void> | undefined;
  const drain = async () => {
    while (asked && !signal.aborted) {
      await delay(DEBOUNCE_MS);
      asked = false;
      await task();
    }
    running = undefined;
  };
  return {
    ask() {
      asked = true;
      running ??= drain();
    },
    idle: () => running ?? Promise.resolve(),
  };
}

/** The world that was told last, asked for again only after a change; its instances grow older meanwhile. */
function heldWorlds(client: Pick<Client, 'world'>) {
  let held: { readonly world: World; readonly atMs: number } | undefined;
  let changes = 0;
  return {
    isCurrent: () => held !== undefined,
    change() {
      held = undefined;
      changes += 1;
    },
    async now(): Promise<World> {
      if (held) {
        return { ...held.world, instances: aged(held.world.instances ?? [], performance.now() - held.atMs) };
      }
      const asked = changes;
      const world = await client.world();
      if (asked === changes) held = { world, atMs: performance.now() };
      return world;
    },
  };
}

/** Says which revision a gateway has in force: when that changes, and from time to time, as a sign of life. */
function acknowledging({ client, gateway, namespace }: GatewayOptions) {
  const process = randomUUID();
  let inForce: number | undefined;
  const say = () => {
    if (inForce === undefined) return;
    // Said again soon; who waits for it waits so long.
    client.gatewayApplied({ gateway, namespace, process, revision: inForce }).catch(() => {});
  };
  const timer = setInterval(say, SIGN_OF_LIFE_MS);
  return {
    applied(revision: number | undefined) {
      const isNew = revision !== inForce;
      inForce = revision;
      if (isNew) say();
    },
    end: () => clearInterval(timer),
  };
}

/**
 * Puts a gateway in force once and leaves NGINX running.
 *
 * @throws FairwayError FAIRWAY_ENVIRONMENT, FAIRWAY_GATEWAY_REFUSED, FAIRWAY_NOT_FOUND, FAIRWAY_UNREACHABLE
 */
export async function applyGateway(options: Omit<GatewayOptions, 'signal'>): Promise<Applied> {
  const program = await findNginx(options.nginx);
  const rendered = await renderGateway(options, await options.client.world(), program, options.onEvent);
  return (await openNginxHost(program, options.dir)).apply(rendered);
}

/**
 * Keeps an NGINX as the resources say, until the signal aborts. A configuration that is refused, or a control plane
 * that is away, leaves the running one as it is; at the start the last good one is used meanwhile.
 *
 * @throws FairwayError FAIRWAY_ENVIRONMENT when NGINX is missing; FAIRWAY_UNAUTHENTICATED, FAIRWAY_FORBIDDEN
 */
export async function runGateway(options: GatewayOptions): Promise<void> {
  const { client, signal, onEvent } = options;
  const program = await findNginx(options.nginx);
  const host = await openNginxHost(program, options.dir);
  const worlds = heldWorlds(client);
  let step: NodeJS.Timeout | undefined;
  const told = acknowledging(options);
  const update = async () => {
    clearTimeout(step);
    const before = performance.now();
    const isStep = worlds.isCurrent();
    try {
      const world = await worlds.now();
      const applied = await host.apply(await renderGateway(options, world, program, onEvent));
      told.applied(world.revision);
      if (!isStep || applied !== 'unchanged') onEvent({ type: applied, ms: performance.now() - before });
      const instances = instancesOf(world, options.namespace);
      if (!isWarming(options.namespace, world.resources ?? [], instances)) return;
      step = setTimeout(() => updates.ask(), WARMING_STEP_MS);
    } catch (error) {
      if (isRefused(error)) onEvent({ type: 'refused', error });
      else onEvent({ type: 'away', error: error as Error });
    }
  };
  const updates = debounced(update, signal);
  try {
    for await (const event of client.events(signal)) {
      if (event.type === 'lost') {
        onEvent({ type: 'away', error: event.error });
        if ((await host.pid()) === undefined && (await host.resume())) onEvent({ type: 'resumed' });
      } else if (event.type !== 'release') {
        worlds.change();
        updates.ask();
      }
    }
  } finally {
    await updates.idle();
    clearTimeout(step);
    told.end();
    await host.stop();
  }
}
