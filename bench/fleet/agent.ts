import {
  createDiagnosisQueue,
  createDirectory,
  createHopQueue,
  createLedgerQueue,
  createLink,
  createTrafficQueue,
  createTransport,
  type Directory,
  type Transport,
} from '@fairway/agent/link';
import { DEFAULT_PACE_MS, type Update } from '@fairway/model';
import { trafficOf } from './traffic.ts';
import { dialledBy, NAMESPACE, registrationOf, type World } from './world.ts';

/** What an agent tells of itself, as it happens. */
export interface AgentEvents {
  applied(agent: SimulatedAgent, update: Update): void;
  /** The control plane has its acknowledgement of a revision. */
  acknowledged(agent: SimulatedAgent, revision: number): void;
}

/** One agent without an application: the agent's own link, directory and transport, over sockets of its own. */
export interface SimulatedAgent {
  readonly id: string;
  readonly directory: Directory;
  readonly isUp: boolean;
  /** Calls what it calls for the first time; whether it had to ask what that is. */
  dial(): boolean;
  /** From now on it tells of calls to what it dialled, as often as it is asked to. */
  talk(): void;
  /** Leaves: says that it is gone and closes its stream. */
  leave(): Promise<void>;
}

const silent = { error() {}, info() {}, debug() {}, tap: () => () => undefined };

/** Starts agent `n` of a world. */
export function startAgent(
  n: number,
  world: World,
  at: readonly URL[],
  token: string,
  events: AgentEvents,
): SimulatedAgent {
  const registration = registrationOf(n, world);
  const { id } = registration.instance;
  const directory = createDirectory(NAMESPACE);
  const real = createTransport(at, () => token, Math.random);
  let stream: { close(): void } | undefined;
  let dialled: string[] = [];
  let hasLeft = false;
  let paceMs = DEFAULT_PACE_MS;
  let talking: NodeJS.Timeout | undefined;
  const traffic = createTrafficQueue(1, performance.now.bind(performance));

  const transport: Transport = {
    async post(path, body) {
      if (hasLeft) return new Promise(() => {});
      const status = await real.post(path, body);
      if (path === 'acks' && status < 300) events.acknowledged(agent, (body as { revision: number }).revision);
      return status;
    },
    get: (path) => real.get(path),
    open(path, headers, body, listeners) {
      if (hasLeft) return { close() {} };
      stream = real.open(path, headers, body, listeners);
      return stream;
    },
  };
  const link = createLink({
    transport,
    dice: Math.random,
    log: silent,
    namespace: NAMESPACE,
    registration: () => registration,
    subscribed: () => dialled,
    position: () => directory.position,
    apply(update) {
      if (!directory.apply(update)) return undefined;
      events.applied(agent, update);
      return directory.revision;
    },
    report: () => ({ points: [], bytes: directory.bytes, droppedLabels: 0 }),
    ledger: createLedgerQueue(performance.now.bind(performance)),
    traffic,
    hops: createHopQueue(performance.now.bind(performance)),
    onPace(everyMs) {
      paceMs = everyMs;
    },
    onFollowKeys() {},
    onRegistered() {},
    diagnoses: createDiagnosisQueue(),
    onCommand() {},
    onDiagnose() {},
    onDown() {},
  });
  function talk(waitMs: number): void {
    talking = setTimeout(() => {
      talk(paceMs || DEFAULT_PACE_MS);
      traffic.add(trafficOf(directory, paceMs));
      link.tell();
    }, waitMs).unref();
  }
  const agent: SimulatedAgent = {
    id,
    directory,
    get isUp() {
      return link.phase === 'up';
    },
    dial() {
      dialled = dialledBy(n, world);
      const unknown = dialled.filter((address) => directory.serviceAt(address) === undefined);
      for (const address of unknown) link.subscribe(address);
      return unknown.length > 0;
    },
    talk: () => talk(Math.random() * paceMs),
    async leave() {
      hasLeft = true;
      clearTimeout(talking);
      await real.post('state', { version: registration.version, instance: id, state: 'gone' });
      stream?.close();
    },
  };
  link.start();
  return agent;
}
