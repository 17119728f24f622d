import { AGENT_FILE } from '@fairway/agent';
import { Worker } from './process.ts';

/** One chain of three services, and how it is asked. */
export interface Variant {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where each of its processes tells what it used. */
  readonly usage: readonly string[];
}

const CHAIN = ['a', 'b', 'c'] as const;
const PORT = 8080;

const SERVICE = new URL('./service.cjs', import.meta.url);

/** Starts the processes of the variants; all are alive at once. */
export class Fleet {
  readonly #workers: Worker[] = [];
  readonly #execPath: string;
  #subnet = 10;

  constructor(execPath: string) {
    this.#execPath = execPath;
  }

  /** A chain that dials addresses, without the agent. */
  async bare(name: string): Promise<Variant> {
    const hosts = this.#hosts();
    const next = (i: number) => (hosts[i + 1] ? `http://${hosts[i + 1]}:${PORT}/` : '');
    await Promise.all(hosts.map((host, i) => this.#start(host, next(i), {})));
    return this.#variant(name, hosts, {});
  }

  /** A chain that dials names, under the agent, in a lane or in base. */
  async governed(name: string, lane: string, link: { server: string; token: string }): Promise<Variant> {
    const hosts = this.#hosts();
    const env = (service: string) => ({
      NODE_OPTIONS: `--require ${AGENT_FILE}`,
      FAIRWAY_SERVER: link.server,
      FAIRWAY_TOKEN: link.token,
      FAIRWAY_NAMESPACE: 'bench',
      FAIRWAY_SERVICE: service,
      FAIRWAY_LANE: lane,
    });
    const next = (i: number) => (CHAIN[i + 1] ? `http://${CHAIN[i + 1]}:${PORT}/` : '');
    await Promise.all(hosts.map((host, i) => this.#start(host, next(i), env(CHAIN[i] as string))));
    return this.#variant(name, hosts, lane === '' ? {} : { 'x-fairway-lane': lane });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  #hosts(): string[] {
    const subnet = this.#subnet++;
    return CHAIN.map((_, i) => `127.0.${subnet}.${i + 1}`);
  }

  #variant(name: string, hosts: readonly string[], headers: Readonly<Record<string, string>>): Variant {
    return {
      name,
      url: `http://${hosts[0]}:${PORT}/`,
      headers,
      usage: hosts.map((host) => `http://${host}:${PORT}/usage`),
    };
  }

  async #start(host: string, next: string, env: NodeJS.ProcessEnv): Promise<void> {
    const own = { HOST: host, PORT: String(PORT), NEXT: next };
    this.#workers.push(await Worker.start(SERVICE, { env: { ...own, ...env }, execPath: this.#execPath }));
  }
}

/** Processor time that the processes of a variant have used so far, and the memory that they hold. */
export async function usageOf(variant: Variant): Promise<{ cpuMicros: number; rssBytes: number }> {
  const all = await Promise.all(
    variant.usage.map(
      async (url) => (await (await fetch(url)).json()) as { cpuMicros: NodeJS.CpuUsage; rssBytes: number },
    ),
  );
  return {
    cpuMicros: all.reduce((sum, { cpuMicros: { user, system } }) => sum + user + system, 0),
    rssBytes: all.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  };
}
