import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@fairway/client';
import { clockMs, Member } from './member.ts';
import type { Usage } from './server.ts';
import type { Sightings, Sign, Standing } from './simulator.ts';
import { NAMESPACE, type World } from './world.ts';

const SERVER = new URL('./server.ts', import.meta.url);
const SIMULATOR = new URL('./simulator.ts', import.meta.url);

/** A control plane and the processes of its simulated agents. */
export class Fleet {
  readonly world: World;
  readonly client: Client;
  readonly url: string;
  server: Member;
  readonly #simulators: readonly Member[];
  readonly #dataDir: string;
  readonly #adminToken: string;
  #size = 0;

  private constructor(
    world: World,
    server: Member,
    simulators: readonly Member[],
    at: { readonly url: string; readonly token: string; readonly dataDir: string },
  ) {
    this.world = world;
    this.server = server;
    this.url = at.url;
    this.client = createClient({ server: at.url, token: at.token });
    this.#simulators = simulators;
    this.#dataDir = at.dataDir;
    this.#adminToken = at.token;
  }

  /** Starts the processes; no agent yet. */
  static async create(world: World, simulators: number): Promise<Fleet> {
    const dataDir = await mkdtemp(join(tmpdir(), 'fairway-fleet-'));
    const server = await Member.start(SERVER, ['--expose-gc']);
    const port = await freePort();
    const at = await server.ask<{ url: string; token: string }>('listen', { port, dataDir });
    const members = await Promise.all(Array.from({ length: simulators }, () => Member.start(SIMULATOR)));
    return new Fleet(world, server, members, { ...at, dataDir });
  }

  /** Starts agents. They call nothing yet. */
  async start(agents: number): Promise<void> {
    this.#size = agents;
    const step = this.#simulators.length;
    await Promise.all(
      this.#simulators.map(async (simulator, from) => {
        const token = await this.agentToken(NAMESPACE);
        await simulator.ask('start', { world: this.world, urls: [this.url], token, from, to: agents, step });
      }),
    );
  }

  /** All agents dial what they call; resolves when they know it. */
  async dial(): Promise<void> {
    await this.each('dial');
  }

  /** All agents tell of traffic from now on. */
  async talk(): Promise<void> {
    await this.each('talk');
  }

  /** What the server takes of one core over so long: 1 is all of it. */
  async serverShare(forMs: number): Promise<number> {
    const [startMs, before] = [clockMs(), await this.server.ask<number>('cpuMs')];
    await new Promise((resolve) => setTimeout(resolve, forMs));
    return ((await this.server.ask<number>('cpuMs')) - before) / (clockMs() - startMs);
  }

  get token(): string {
    return this.#adminToken;
  }

  async agentToken(namespace: string): Promise<string> {
    return (await this.client.createToken({ name: 'fleet', role: 'agent', namespace })).token;
  }

  usage(): Promise<Usage> {
    return this.server.ask('usage');
  }

  each<T>(what: string, order: object = {}): Promise<T[]> {
    return Promise.all(this.#simulators.map((simulator) => simulator.ask<T>(what, order)));
  }

  /** One more agent joins, or one leaves. */
  one(what: 'join' | 'leave', n: number): Promise<void> {
    return (this.#simulators[0] as Member).ask(what, { n });
  }

  /** Starts and ends so many further agents. */
  async churn(cycles: number): Promise<void> {
    const step = this.#simulators.length;
    await Promise.all(
      this.#simulators.map((simulator, index) =>
        simulator.ask('churn', { from: this.#size + index, to: this.#size + cycles, step }),
      ),
    );
  }

  /** Makes a change; when each agent that follows `service` (or all) shows the sign, in ms from its beginning. */
  async spread(
    sign: Sign,
    change: () => Promise<unknown>,
    service?: string,
  ): Promise<Sightings & { answeredMs: number }> {
    await this.each('watch', { sign, ...(service === undefined ? {} : { service }) });
    const startMs = clockMs();
    await change();
    const answeredMs = clockMs() - startMs;
    const all = await this.each<Sightings>('sightings');
    const since = (times: readonly number[]) => times.map((time) => time - startMs);
    return {
      answeredMs,
      appliedMs: since(all.flatMap(({ appliedMs }) => appliedMs)),
      acknowledgedMs: since(all.flatMap(({ acknowledgedMs }) => acknowledgedMs)),
    };
  }

  /** Kills the server and starts it again; times in ms from when it listens. */
  async restart(): Promise<{ downMs: number; listeningMs: number }> {
    await this.each('brace');
    const killedMs = clockMs();
    await this.server.end('kill');
    this.server = await Member.start(SERVER, ['--expose-gc']);
    const { port } = new URL(this.url);
    await this.server.ask('listen', { port: Number(port), dataDir: this.#dataDir, adminToken: this.#adminToken });
    const listeningMs = clockMs();
    return { downMs: listeningMs - killedMs, listeningMs };
  }

  /** Resolves when all agents are back and know so many instances each. */
  standing(instances: number): Promise<Standing[]> {
    return this.each('standing', { instances });
  }

  async end(): Promise<void> {
    await Promise.all(this.#simulators.map((simulator) => simulator.end('stop')));
    await this.server.end('stop');
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

/** A port that stays the same when the server is started again. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}
