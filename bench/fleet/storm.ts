import { AGENT_FILE, ensureAgentBundle } from '@fairway/agent';
import { Worker } from '../worker.ts';
import type { Fleet } from './fleet.ts';
import { clockMs } from './member.ts';
import { type Spread, spreadOf } from './scenario.ts';
import { NAMESPACE } from './world.ts';

const SERVICE = new URL('../chain/service.cjs', import.meta.url);
const ADDRESS = { HOST: '127.0.9.2', PORT: '8080' };
const QUIET_MS = 10_000;

/** An application under the real agent, among the simulated ones; it follows a service of theirs. */
export class Witness {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start(fleet: Fleet): Promise<Witness> {
    await ensureAgentBundle();
    const env = {
      ...ADDRESS,
      NEXT: 'http://svc-1:8080/',
      NODE_OPTIONS: `--require ${AGENT_FILE}`,
      FAIRWAY_SERVER: fleet.url,
      FAIRWAY_TOKEN: await fleet.agentToken(NAMESPACE),
      FAIRWAY_NAMESPACE: NAMESPACE,
      FAIRWAY_SERVICE: 'witness',
      FAIRWAY_STATE_DIR: '/nonexistent',
    };
    const witness = new Witness(await Worker.start(SERVICE, { env, execPath: process.execPath }));
    // Its one call goes nowhere: instances of the fleet are made up. It is enough to follow the service.
    await fetch(`http://${ADDRESS.HOST}:${ADDRESS.PORT}/`, { signal: AbortSignal.timeout(2_000) }).catch(() => {});
    return witness;
  }

  /** CPU time since its start. */
  async cpuMs(): Promise<number> {
    const usage = await fetch(`http://${ADDRESS.HOST}:${ADDRESS.PORT}/usage`);
    const { cpuMicros } = (await usage.json()) as { cpuMicros: number };
    return cpuMicros / 1_000;
  }

  end(): Promise<void> {
    return this.#worker.stop();
  }
}

/** What became of a fleet whose control plane was killed and started again. */
export interface StormResult {
  /** From the kill until the server listened again. */
  readonly downMs: number;
  /** From then until each agent had its first update. */
  readonly backMs: Spread;
  /** From then until all knew again all that they knew before. */
  readonly convergedMs: number;
  /** How often an agent was told that an instance is gone. */
  readonly removed: number;
  readonly serverCpuMs: number;
  /** CPU of a real process under the agent, in ms a second: before, and from the kill until all had converged. */
  readonly witness: { readonly quiet: number; readonly storm: number };
}

async function witnessed<T>(witness: Witness, work: () => Promise<T>): Promise<{ result: T; cpuMsPerSecond: number }> {
  const startMs = clockMs();
  const before = await witness.cpuMs();
  const result = await work();
  return { result, cpuMsPerSecond: ((await witness.cpuMs()) - before) / ((clockMs() - startMs) / 1_000) };
}

/** Kills the server under the fleet. `instances`: what each agent knows. */
export async function storm(fleet: Fleet, instances: number): Promise<StormResult> {
  const witness = await Witness.start(fleet);
  const quiet = await witnessed(witness, () => new Promise((resolve) => setTimeout(resolve, QUIET_MS)));
  const { result, cpuMsPerSecond } = await witnessed(witness, async () => {
    const { downMs, listeningMs } = await fleet.restart();
    return { downMs, listeningMs, standings: await fleet.standing(instances) };
  });
  await witness.end();
  const { downMs, listeningMs, standings } = result;
  return {
    downMs,
    backMs: spreadOf(standings.flatMap(({ backMs }) => backMs).map((time) => time - listeningMs)),
    convergedMs: Math.max(...standings.map(({ convergedMs }) => convergedMs)) - listeningMs,
    removed: standings.reduce((sum, { removed }) => sum + removed, 0),
    serverCpuMs: (await fleet.usage()).cpuMs,
    witness: { quiet: quiet.cpuMsPerSecond, storm: cpuMsPerSecond },
  };
}
