import type { AsyncResource } from 'node:async_hooks';
import cluster from 'node:cluster';
import type { AddressInfo, Server } from 'node:net';
import { setTimeout } from 'node:timers';
import { DEFAULT_POLICY, type ServicePolicy } from '@fairway/core';
import type { Command } from '@fairway/model';
import { nowMs } from '../clock.ts';
import { createHook, type Hook } from '../hook.ts';
import type { Standing } from '../link/standing.ts';
import type { Log } from '../log.ts';
import { type AdminActions, type AdminAddress, createAdminPort } from './admin.ts';
import { answerPrimary, type Question, watchWorkers } from './cluster.ts';
import { type Drain, startDrain } from './drain.ts';
import { createHealthCheck } from './health-check.ts';
import { createOnline } from './online.ts';
import { createSight, type Sight } from './sight.ts';
import { type Ending, holdSignals } from './signal.ts';
import { watchTraffic } from './traffic.ts';

/** What holds for this instance. */
export interface Governance {
  /** Whether it is governed at all. */
  readonly isOn: boolean;
  readonly policy: ServicePolicy;
}

/** What the lifecycle needs of the rest of the agent. */
export interface LifecycleDeps {
  readonly standing: Standing;
  /** undefined: the control plane did not say yet. */
  governance(): Governance | undefined;
  /** undefined: no admin port. */
  readonly admin: AdminAddress | undefined;
  /** What this process counted, for Prometheus. */
  metrics(): string;
  readonly log: Log;
  readonly outside: AsyncResource;
  onTurn(): void;
  /** Has the control plane told what was seen and measured so far. */
  tellRest(): void;
}

/** How this instance comes and goes. */
export interface Lifecycle {
  readonly hook: Hook;
  opened(address: AddressInfo, server: Server): void;
  closed(server: Server): void;
  /** Something listens in this process: in another thread, where `opened` was not called for it. */
  listening(address: AddressInfo): void;
  /** What holds for it may have changed. */
  governed(): void;
  command(kind: Command['kind']): void;
}

const UNKNOWN: Governance = { isOn: true, policy: DEFAULT_POLICY };
/** A terminal, and the primary of a cluster, may send the same SIGINT. */
const SAME_SIGNAL_MS = 500;
/** The application gets its signal so long after the longest wait, whatever became of the agent. */
const BACKSTOP_MS = 3000;

/**
 * Takes the process through `starting`, `ready`, `draining`, and hands signals over once nothing is left to lose. To be created before the
 * interception is installed. Does nothing in a process that neither listens nor has workers.
 */
export function createLifecycle(deps: LifecycleDeps): Lifecycle {
  const { standing, log, outside } = deps;
  const hook = createHook('lifecycle', log, { onTurn: deps.onTurn });
  const attempt = (step: () => void) => {
    outside.runInAsyncScope(() => hook.attempt(step));
  };
  const governance = () => deps.governance() ?? UNKNOWN;
  const traffic = watchTraffic(hook, (server) => server === admin?.server);
  const workers = watchWorkers(() => attempt(begin));
  const online = createOnline(createHealthCheck(), () => attempt(becomeReady), attempt);
  let drain: Drain | undefined;
  let sight: Sight | undefined;
  let ending: { readonly atMs: number; handOver(): void } | undefined;

  const actions: AdminActions = {
    ready,
    status: async () => ({ ...status(), ...(workers.areThere ? { workers: await workers.ask('status', 2000) } : {}) }),
    offline: () => goOffline('admin'),
    online: comeBack,
    metrics: deps.metrics,
  };
  const admin = deps.admin && !cluster.isWorker ? createAdminPort(deps.admin, actions, log) : undefined;
  const signals = holdSignals(
    {
      ending: (what, handOver) => outside.runInAsyncScope(() => asked(what, handOver)),
      fromPrimary: (message) => outside.runInAsyncScope(() => answerPrimary(message, answer)),
    },
    hook,
  );

  function begin(): void {
    signals.arm();
    admin?.open();
  }

  function becomeReady(): void {
    if (drain) return;
    standing.record({ what: 'ready' });
    standing.declare('ready');
    sight = createSight(standing, attempt);
  }

  function leave(cause: string): Drain {
    sight?.end();
    drain ??= startDrain(
      { traffic, standing, policy: governance().policy.offline, attempt, tellRest: deps.tellRest },
      cause,
    );
    return drain;
  }

  /** Whether the signal is kept from the application for now. */
  function asked(what: Ending, handOver: () => void): boolean {
    const { isOn, policy } = governance();
    if (ending) return askedAgain(what);
    if (!(traffic.isListening || workers.areThere) || !isOn || !policy.offline.enabled) return false;
    const backstop = setTimeout(() => finish(), policy.offline.maxWaitMs + BACKSTOP_MS);
    const finish = () => {
      clearTimeout(backstop);
      if (ending) handOver();
      ending = { atMs: 0, handOver: () => undefined };
    };
    ending = { atMs: nowMs(), handOver: finish };
    end(what.toLowerCase(), policy.offline.maxWaitMs).then(finish, finish);
    return true;
  }

  function askedAgain(what: Ending): boolean {
    if (what === 'SIGINT' && ending && nowMs() - ending.atMs > SAME_SIGNAL_MS) ending.handOver();
    return true;
  }

  async function end(cause: string, limitMs: number): Promise<void> {
    if (workers.areThere) await workers.ask('offline', limitMs);
    if (!traffic.isListening && !drain) return;
    await new Promise<void>((resolve) => leave(cause).close(resolve));
  }

  async function goOffline(cause: string): Promise<object> {
    const { isOn, policy } = governance();
    if (workers.areThere) return { workers: await workers.ask('offline', policy.offline.maxWaitMs) };
    if (!traffic.isListening || !isOn || !policy.offline.enabled) return status();
    await new Promise<void>((resolve) => leave(cause).whenQuiet(resolve));
    return status();
  }

  async function comeBack(): Promise<object> {
    if (workers.areThere) return { workers: await workers.ask('online', 2000) };
    if (drain && !ending) {
      drain.cancel();
      drain = undefined;
      if (online.isReady) becomeReady();
      else standing.declare('starting');
    }
    return status();
  }

  async function answer(question: Question): Promise<object> {
    if (question === 'offline') return goOffline('cluster');
    return question === 'online' ? comeBack() : status();
  }

  function status() {
    const state = drain ? (drain.isQuiet ? 'quiet' : 'draining') : online.isReady ? 'ready' : 'starting';
    const unaware = sight && !sight.isSeen ? (sight.missing ?? null) : 0;
    const isReady = state === 'ready' && standing.registered === 'ready' && unaware === 0;
    const isWarm = online.isWarm(governance().policy);
    const load = drain ? { ...drain.leaving, served: traffic.served, failed: traffic.failed } : traffic.load();
    const registered = standing.registered ?? null;
    return { pid: process.pid, state, registered, unaware, ready: isReady && isWarm, isWarm, load };
  }

  async function ready(): ReturnType<AdminActions['ready']> {
    const answers = workers.areThere
      ? ((await workers.ask('status', 2000)) as ReturnType<typeof status>[])
      : [status()];
    if (answers.length === 0) return { ready: false, why: 'no worker answers' };
    const late = answers.find((one) => !one.ready);
    return late ? { ready: false, why: whyNot(late) } : { ready: true };
  }

  standing.declare('starting');
  return {
    hook,
    opened(address, server) {
      hook.attempt(() => {
        traffic.opened(server);
        begin();
        online.listening({ address, isTls: 'setSecureContext' in server });
      });
    },
    closed: (server) => traffic.closed(server),
    listening(address) {
      attempt(() => {
        begin();
        online.listening({ address, isTls: false });
      });
    },
    governed() {
      hook.attempt(() => {
        const { isOn, policy } = governance();
        online.decide(isOn ? policy : DEFAULT_POLICY);
      });
    },
    command(kind) {
      attempt(() => {
        const done = kind === 'drain' ? goOffline('command') : comeBack();
        done.catch((error) => hook.fault(error));
      });
    },
  };
}

interface Late {
  readonly state: string;
  readonly registered: string | null;
  /** Callers that do not know of it yet; null: the control plane did not say. */
  readonly unaware: number | null;
  readonly isWarm: boolean;
}

function whyNot({ state, registered, unaware, isWarm }: Late): string {
  if (state !== 'ready') return state;
  if (registered !== 'ready') return 'not registered';
  if (unaware !== 0) return unaware === null ? 'not known to its callers' : `not known to ${unaware} of its callers`;
  return isWarm ? 'not ready' : 'not warm';
}
