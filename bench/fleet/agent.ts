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
import type { Update } from '@fairway/model';
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
  /** Leaves: says that it is gone and closes its stream. */
  leave(): Promise<void>;
}

const silent = { error() {}, info() {}, debug() {}, tap: () => () => undefined };

/** Starts agent `n` of a world. */
export function startAgent(n: number, world: World, at: URL, token: string, events: AgentEvents): SimulatedAgent {
  const registration = registrationOf(n, world);
  const { id } = registration.instance;
  const directory = createDirectory(NAMESPACE);
  const real = createTransport(at, () => token);
  let stream: { close(): void } | undefined;
  let dialled: string[] = [];
  let hasLeft = false;

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
    traffic: createTrafficQueue(1, performance.now.bind(performance)),
    hops: createHopQueue(performance.now.bind(performance)),
    onPace() {},
    onFollowKeys() {},
    onRegistered() {},
    diagnoses: createDiagnosisQueue(),
    onCommand() {},
    onDiagnose() {},
    onDown() {},
  });
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
    async leave() {
      hasLeft = true;
      await real.post('state', { version: registration.version, instance: id, state: 'gone' });
      stream?.close();
    },
  };
  link.start();
  return agent;
}
