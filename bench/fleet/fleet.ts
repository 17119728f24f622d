import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@fairway/client';
import { clockMs, Member } from './member.ts';
import type { Usage, Where } from './server.ts';
import type { Sightings, Sign, Standing } from './simulator.ts';
import { NAMESPACE, type World } from './world.ts';

const SERVER = new URL('./server.ts', import.meta.url);
const SIMULATOR = new URL('./simulator.ts', import.meta.url);

/** One process of the control plane. */
export class Replica {
  readonly url: string;
  readonly client: Client;
  process: Member;
  readonly #where: Where;
  readonly #token: string;

  private constructor(process: Member, where: Where, at: { readonly url: string; readonly token: string }) {
    this.process = process;
    this.#where = where;
    this.url = at.url;
    this.#token = at.token;
    this.client = createClient({ server: at.url, token: at.token });
  }

  get token(): string {
    return this.#token;
  }

  /** `token`: of role admin; undefined: this is the first, which makes one. */
  static async start(where: Omit<Where, 'port'>, token?: string): Promise<Replica> {
    const process = await Member.start(SERVER, ['--expose-gc']);
    const all = { ...where, port: await freePort() };
    return new Replica(process, all, await process.ask('listen', { ...all, adminToken: token }));
  }

  /** Starts it again where it was, once its process has ended. */
  async again(): Promise<void> {
    this.process = await Member.start(SERVER, ['--expose-gc']);
    await this.process.ask('listen', { ...this.#where, adminToken: this.#token });
  }
}

/** A control plane and the processes of its simulated agents. */
export class Fleet {
  readonly world: World;
  readonly replicas: readonly Replica[];
  readonly #simulators: readonly Member[];
  readonly #dataDir: string;
  #size = 0;

  private constructor(world: World, replicas: readonly Replica[], simulators: readonly Member[], dataDir: string) {
    this.world = world;
    this.replicas = replicas;
    this.#simulators = simulators;
    this.#dataDir = dataDir;
  }

  /** Starts the processes; no agent yet. `databaseUrl`: three replicas on PostgreSQL, in place of one on SQLite. */
  static async create(world: World, simulators: number, databaseUrl?: string): Promise<Fleet> {
    const dataDir = await mkdtemp(join(tmpdir(), 'fairway-fleet-'));
    const where = { dataDir, ...(databaseUrl === undefined ? {} : { databaseUrl }) };
    const first = await Replica.start(where);
    const others =
      databaseUrl === undefined ? [] : await Promise.all([1, 2].map(() => Replica.start(where, first.token)));
    const members = await Promise.all(Array.from({ length: simulators }, () => Member.start(SIMULATOR)));
    return new Fleet(world, [first, ...others], members, dataDir);
  }

  get #first(): Replica {
    return this.replicas[0] as Replica;
  }

  get client(): Client {
    return this.#first.client;
  }

  get url(): string {
    return this.#first.url;
  }

  /** Starts agents. They call nothing yet. */
  async start(agents: number): Promise<void> {
    this.#size = agents;
    const step = this.#simulators.length;
    await Promise.all(
      this.#simulators.map(async (simulator, from) => {
        const token = await this.agentToken(NAMESPACE);
        await simulator.ask('start', {
          world: this.world,
          urls: this.replicas.map(({ url }) => url),
          token,
          from,
          to: agents,
          step,
        });
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
    const server = this.#first.process;
    const [startMs, before] = [clockMs(), await server.ask<number>('cpuMs')];
    await new Promise((resolve) => setTimeout(resolve, forMs));
    return ((await server.ask<number>('cpuMs')) - before) / (clockMs() - startMs);
  }

  get token(): string {
    return this.#first.token;
  }

  async agentToken(namespace: string): Promise<string> {
    return (await this.client.createToken({ name: 'fleet', role: 'agent', namespace })).token;
  }

  usage(): Promise<Usage> {
    return this.#first.process.ask('usage');
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
    await this.#first.process.end('kill');
    await this.#first.again();
    const listeningMs = clockMs();
    return { downMs: listeningMs - killedMs, listeningMs };
  }

  /** Resolves when all agents are back and know so many instances each. */
  standing(instances: number): Promise<Standing[]> {
    return this.each('standing', { instances });
  }

  async end(): Promise<void> {
    await Promise.all(this.#simulators.map((simulator) => simulator.end('stop')));
    await Promise.all(this.replicas.map(({ process }) => process.end('stop')));
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
