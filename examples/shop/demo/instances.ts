import { setTimeout } from 'node:timers/promises';
import type { Client } from '@fairway/client';
import type { PlannedInstance } from './plan.ts';
import { type ServiceProcess, startService } from './service-process.ts';

/** The namespace of the shop. */
export const NAMESPACE = 'shop';

/** Time that a fleet may take to start, or to be linked again. */
export const LINKED_DEADLINE_MS = 60_000;

const ASK_AGAIN_MS = 100;

/** Processes started at a time; each keeps a core busy until it listens. */
const STARTS_AT_ONCE = 4;

/** How an instance finds the agent, and the agent its control plane. */
export interface AgentSetting {
  readonly file: string;
  readonly server: string;
  readonly token: string;
  readonly stateDir: string;
}

/** Starts every instance; `started` is told of each as it listens, with what ends it. */
export async function startInstances(
  planned: readonly PlannedInstance[],
  agent: AgentSetting,
  started: (instance: PlannedInstance, pid: number, stop: ServiceProcess['stop']) => void,
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...planned];
  const starter = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      signal.throwIfAborted();
      const process = await startService(next.service, environmentOf(next, agent), { ownGroup: true });
      started(next, process.pid, process.stop);
    }
  };
  const starters = await Promise.allSettled(Array.from({ length: STARTS_AT_ONCE }, starter));
  const failed = starters.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

/** All that makes a service governed stands here: it is started with another environment. */
function environmentOf(instance: PlannedInstance, agent: AgentSetting): NodeJS.ProcessEnv {
  return {
    HOST: instance.host,
    PORT: String(instance.port),
    RELEASE: instance.release,
    NODE_OPTIONS: `--require ${agent.file}`,
    FAIRWAY_SERVER: agent.server,
    FAIRWAY_TOKEN: agent.token,
    FAIRWAY_NAMESPACE: NAMESPACE,
    FAIRWAY_SERVICE: instance.service,
    FAIRWAY_LANE: instance.release === 'base' ? '' : instance.release,
    FAIRWAY_INSTANCE: instance.id,
    FAIRWAY_STATE_DIR: agent.stateDir,
  };
}

/** Resolves when every instance is ready and its agent linked. Asks again and again: no event tells of a new link. */
export async function instancesLinked(
  client: Client,
  planned: readonly PlannedInstance[],
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = performance.now() + LINKED_DEADLINE_MS;
  for (;;) {
    const live = await client.instances({ namespace: NAMESPACE });
    const linked = new Set(live.filter((one) => one.connected && one.state === 'ready').map((one) => one.id));
    const missing = planned.filter(({ id }) => !linked.has(id)).map(({ id }) => id);
    if (missing.length === 0) return;
    if (performance.now() > deadlineMs)
      throw new Error(`not linked in ${LINKED_DEADLINE_MS} ms: ${missing.join(', ')}`);
    await setTimeout(ASK_AGAIN_MS, undefined, { signal });
  }
}

/** Resolves when all agents route by the revision. @throws Error when one does not within the time */
export async function agentsAt(client: Client, revision: number, timeoutMs: number, agents: number): Promise<void> {
  const reached = await client.propagation(revision, { namespace: NAMESPACE, timeoutMs });
  if (reached.acknowledged >= agents) return;
  const found = `${reached.acknowledged} of ${agents} agents`;
  throw new Error(`revision ${revision} reached ${found} in ${timeoutMs} ms; pending: ${reached.pending.join(', ')}`);
}
