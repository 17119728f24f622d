import type { Client } from '@fairway/client';
import { type AgentSetting, instancesLinked, startInstances } from './instances.ts';
import type { PlannedInstance } from './plan.ts';
import type { ServiceProcess } from './service-process.ts';
import type { ServiceName } from './service-program.ts';

/** Longest that an instance may take to leave. */
const LEAVE_MS = 45_000;

/** How a fleet is started. */
export interface StartOptions {
  /** Told what is being done. */
  say(line: string): void;
  /** Aborting it makes the start give up; what was started is ended first. */
  readonly signal: AbortSignal;
}

/** The running services. */
export class Shop {
  readonly #client: Client;
  readonly #agent: AgentSetting;
  readonly #options: StartOptions;
  readonly #running = new Map<PlannedInstance, ServiceProcess['stop']>();
  #replaced = 0;

  constructor(client: Client, agent: AgentSetting, options: StartOptions) {
    this.#client = client;
    this.#agent = agent;
    this.#options = options;
  }

  get instances(): readonly PlannedInstance[] {
    return [...this.#running.keys()];
  }

  /** Starts instances; resolves when they listen. */
  async start(planned: readonly PlannedInstance[]): Promise<void> {
    const started = (instance: PlannedInstance, pid: number, stop: ServiceProcess['stop']) => {
      this.#running.set(instance, stop);
      this.#options.say(`${instance.id.padEnd(20)} ${instance.host}:${instance.port}  pid ${pid}`);
    };
    await startInstances(planned, this.#agent, started, this.#options.signal);
  }

  /** See {@link Fleet.roll}. */
  readonly roll = async (service: ServiceName): Promise<number> => {
    const old = this.instances.filter((one) => one.service === service && one.release === 'base');
    for (const instance of old) await this.#replace(instance);
    return old.length;
  };

  /** Ends all at a time: each takes a moment to leave. */
  async stop(): Promise<void> {
    const stops = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(stops.map((stop) => stop()));
  }

  /** The new one takes traffic before the old one is told to end. */
  async #replace(old: PlannedInstance): Promise<void> {
    const n = ++this.#replaced;
    const block = old.host.split('.').slice(0, 3).join('.');
    const instance = { ...old, id: `${old.service}-${old.release}-new-${n}`, host: `${block}.${100 + (n % 150)}` };
    await this.start([instance]);
    await instancesLinked(this.#client, [instance], this.#options.signal);
    const stop = this.#running.get(old);
    this.#running.delete(old);
    await stop?.('SIGTERM', LEAVE_MS);
  }
}
