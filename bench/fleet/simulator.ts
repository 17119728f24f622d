// A process of simulated agents.
import http from 'node:http';
import net from 'node:net';
import type { Update } from '@fairway/model';
import { loopback } from '../loopback.ts';
import { type AgentEvents, type SimulatedAgent, startAgent } from './agent.ts';
import { answering, clockMs } from './member.ts';
import type { World } from './world.ts';

/** Which agents a process simulates: `from`, `from + step`, … below `to`. */
export interface Share {
  readonly world: World;
  /** Of the replicas of the control plane. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** What tells agents that they have what is waited for. */
export type Sign = { readonly annotation: string } | { readonly joined: string } | { readonly left: string };

/** When each agent had it, and when the control plane knew, on the shared clock. */
export interface Sightings {
  readonly appliedMs: readonly number[];
  readonly acknowledgedMs: readonly number[];
}

/** How agents stand after a fault. */
export interface Standing {
  /** When each of them was back: its stream open, an update applied. */
  readonly backMs: readonly number[];
  /** When the last of them knew again all that it knew before. */
  readonly convergedMs: number;
  /** How often any was told that an instance is gone. */
  readonly removed: number;
}

/**
 * Connections leave from so many addresses, as if from as many hosts: from a single one, the kernel would search long for
 * a port that is free.
 */
const HOSTS = 200;
let connections = 0;
http.Agent.prototype.createConnection = (options, connected) => {
  const localAddress = loopback(connections++ % HOSTS);
  return net.createConnection({ ...(options as net.TcpNetConnectOpts), localAddress }, connected as () => void);
};

/** Agents that connect, or dial, at one time when a fleet is started; that start and stop at one time. */
const STARTING = 50;
const CYCLING = 300;
const LOOK_EVERY_MS = 50;

let share: Share;
const agents = new Map<number, SimulatedAgent>();
/** Those that wait for the sign; 0, or the revision that brought it. */
const waiting = new Map<SimulatedAgent, number>();
let sign: Sign | undefined;
let sightings = { appliedMs: [] as number[], acknowledgedMs: [] as number[] };
let seen: (() => void) | undefined;
/** What is to happen once an agent has answers or acknowledged them. */
const dialling = new Map<SimulatedAgent, () => void>();
/** The epoch before the control plane was killed; and when each agent heard of another one. */
let epochBefore: string | undefined;
const backMs = new Map<SimulatedAgent, number>();
let removed = 0;

function shows({ instances, resources }: Update): boolean {
  if (!sign) return false;
  if ('left' in sign) return instances.removed.includes(sign.left);
  const { annotation, joined } = sign as Partial<{ annotation: string; joined: string }>;
  if (joined !== undefined) return instances.set.some(({ id }) => id === joined);
  return resources.set.some(({ metadata }) => metadata.annotations?.['mark'] === annotation);
}

const events: AgentEvents = {
  applied(agent, update) {
    removed += update.instances.removed.length;
    if (update.epoch !== epochBefore && !backMs.has(agent)) backMs.set(agent, clockMs());
    if (Object.keys(update.addresses).length > 0) dialling.get(agent)?.();
    if (waiting.get(agent) !== 0 || !shows(update)) return;
    sightings.appliedMs.push(clockMs());
    waiting.set(agent, update.revision);
  },
  acknowledged(agent, revision) {
    const awaited = waiting.get(agent);
    if (!awaited || revision < awaited) return;
    sightings.acknowledgedMs.push(clockMs());
    waiting.delete(agent);
    if (waiting.size === 0) seen?.();
  },
};

/** Starts an agent; resolves when its first update is acknowledged. */
function startOne(n: number): Promise<SimulatedAgent> {
  const { world, urls, token } = share;
  return new Promise((resolve) => {
    const acknowledged: AgentEvents['acknowledged'] = (agent, revision) => {
      events.acknowledged(agent, revision);
      resolve(agent);
    };
    agents.set(
      n,
      startAgent(
        n,
        world,
        urls.map((url) => new URL(url)),
        token,
        { ...events, acknowledged },
      ),
    );
  });
}

/** Has an agent call its services; resolves when it knows them. */
async function dial(agent: SimulatedAgent): Promise<void> {
  await new Promise<void>((resolve) => {
    dialling.set(agent, resolve);
    if (!agent.dial()) resolve();
  });
  dialling.delete(agent);
}

async function leave(n: number): Promise<void> {
  const agent = agents.get(n) as SimulatedAgent;
  agents.delete(n);
  waiting.delete(agent);
  await agent.leave();
}

async function cycle(n: number): Promise<void> {
  await startOne(n);
  await leave(n);
}

function numbers(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
}

async function few<T>(items: readonly T[], work: (item: T) => Promise<unknown>, width = STARTING): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

/** Whether an agent knows at least so many instances of what it calls, none of them suspect. */
function knows({ directory }: SimulatedAgent, instances: number): boolean {
  let known = 0;
  for (const service of directory.services) {
    for (const { suspect } of directory.instancesOf(service)) {
      if (suspect) return false;
      known++;
    }
  }
  return known >= instances;
}

answering({
  /** Starts all agents. */
  start(given: Share) {
    share = given;
    return few(numbers(given.from, given.to, given.step), startOne);
  },
  /** All agents dial what they call. */
  dial: () => few([...agents.values()], dial),
  /** All agents tell of traffic from now on. */
  talk() {
    for (const agent of agents.values()) agent.talk();
  },
  /** Begins to look for a sign in the updates of those that follow a service, or of all; how many those are. */
  watch({ sign: wanted, service }: { sign: Sign; service?: string }) {
    sign = wanted;
    sightings = { appliedMs: [], acknowledgedMs: [] };
    for (const agent of agents.values()) {
      if (service === undefined || [...agent.directory.services].includes(service)) waiting.set(agent, 0);
    }
    return waiting.size;
  },
  async sightings(): Promise<Sightings> {
    if (waiting.size > 0) await new Promise<void>((resolve) => (seen = resolve));
    return sightings;
  },
  join: async ({ n }: { n: number }) => dial(await startOne(n)),
  leave: ({ n }: { n: number }) => leave(n),
  /** So many agents start, are told, and leave again, each under a name of its own. */
  churn: ({ from, to, step }: Pick<Share, 'from' | 'to' | 'step'>) => few(numbers(from, to, step), cycle, CYCLING),
  /** Something is about to happen to the control plane. `isSame`: whoever leads will be the same. */
  brace({ isSame = false }: { isSame?: boolean }) {
    const [agent] = agents.values();
    epochBefore = isSame ? undefined : agent?.directory.position?.split('.')[0];
    backMs.clear();
    removed = 0;
  },
  /** Resolves when all agents are back and know so many instances each. */
  async standing({ instances }: { instances: number }): Promise<Standing> {
    const missing = new Set(agents.values());
    for (;;) {
      for (const agent of missing)
        if ((epochBefore === undefined || backMs.has(agent)) && agent.isUp && knows(agent, instances))
          missing.delete(agent);
      if (missing.size === 0) return { backMs: [...backMs.values()], convergedMs: clockMs(), removed };
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  },
});
