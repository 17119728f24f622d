import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@fairway/shop/demo/free-port.ts';
import { loopbackBlock } from '@fairway/shop/demo/plan.ts';
import { type ServiceName, STYLES, type StormInstance, startInstance } from './instance.ts';

/** What finds instances for callers: Fairway, or nothing but a list. */
export interface Governance {
  /** Environment of an instance; `id`: its own. */
  environment(service: ServiceName, id: string): NodeJS.ProcessEnv;
  /** Resolves when it may take the place of another. */
  arrived(instance: StormInstance): Promise<void>;
  /** The list of instances, as it is told to those without an agent. */
  published(instances: World['instances']): Promise<void>;
  /** Where plain HTTP enters. */
  readonly entry: { readonly host: string; readonly port: number };
}

/** How many copies of each service run. */
export type Copies = Readonly<Record<ServiceName, number>>;

/** Longest that an instance may take to leave. */
const LEAVE_MS = 45_000;

/**
 * The instances of both services, whatever governs them. Callers without an agent have a list of them, which follows what happens some time
 * later, as it does where probes and DNS tell.
 */
export class World {
  /** How much later. */
  lagMs = 0;
  /** Hosts of the front, by that list. */
  fronts: readonly string[] = [];
  readonly instances: Record<ServiceName, StormInstance[]> = { front: [], back: [] };
  readonly #governance: Governance;
  readonly #block = loopbackBlock(process.pid);
  #started = 0;

  constructor(governance: Governance) {
    this.#governance = governance;
  }

  /** Starts all; resolves when they have arrived. */
  async start(copies: Copies): Promise<void> {
    for (const service of ['back', 'front'] as const) {
      const started = Array.from({ length: copies[service] }, () => this.add(service));
      await Promise.all(started);
    }
  }

  /** Starts one more instance; resolves when it has arrived. `env`: more of its environment. */
  async add(service: ServiceName, env: NodeJS.ProcessEnv = {}): Promise<StormInstance> {
    const n = this.#started++;
    const id = `${service}-${n}`;
    const instance = await startInstance(service, {
      id,
      host: `${this.#block}.${10 + (n % 240)}`,
      style: STYLES[n % STYLES.length] ?? 'none',
      env: { ...this.#governance.environment(service, id), ...env },
    });
    this.instances[service].push(instance);
    await this.#governance.arrived(instance);
    await this.#publish();
    return instance;
  }

  /** Ends one as Kubernetes does. Resolves when it has ended and the list says so, with how long it took to end. */
  async remove(instance: StormInstance): Promise<number> {
    this.#forget(instance);
    const startMs = performance.now();
    const told = this.#publishLater();
    await instance.child.stop('SIGTERM', LEAVE_MS);
    const tookMs = performance.now() - startMs;
    await told;
    return tookMs;
  }

  /** Replaces every instance of a service by a new one, one after the other; how long each took to leave. */
  async roll(service: ServiceName): Promise<number[]> {
    const tookMs: number[] = [];
    for (const old of [...this.instances[service]]) {
      await this.add(service);
      tookMs.push(await this.remove(old));
    }
    return tookMs;
  }

  /** Ends one as a crash does. */
  async kill(instance: StormInstance): Promise<void> {
    this.#forget(instance);
    await instance.child.stop('SIGKILL');
    await this.#publishLater();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.instances.front, ...this.instances.back].map(({ child }) => child.stop('SIGKILL')));
  }

  async #publishLater(): Promise<void> {
    await delay(this.lagMs);
    await this.#publish();
  }

  async #publish(): Promise<void> {
    this.fronts = this.instances.front.map(({ host }) => host);
    await this.#governance.published(this.instances);
  }

  #forget(instance: StormInstance): void {
    this.instances[instance.service] = this.instances[instance.service].filter((one) => one !== instance);
  }
}

/** A folder of this run, and a free port, as most parts need. */
export async function temporary(stops: (() => Promise<unknown>)[]): Promise<{ folder: string; port: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-storm-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  return { folder, port: await freePort() };
}
