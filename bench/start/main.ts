// What the agent adds to the start of a process: with and without it in turn, so that both see the same machine.

import { usageOfService } from '../chain/usage.ts';
import { agentEnvironment } from '../chain/variant.ts';
import { startControlPlane } from '../control-plane.ts';
import { loopback } from '../loopback.ts';
import { type Quartiles, quartiles } from '../quartiles.ts';
import type { Runtime } from '../runtime.ts';
import { Worker } from '../worker.ts';

/** Milliseconds from the start of a process until it listens, and the memory that it holds then. */
export interface StartResult {
  readonly variant: string;
  readonly listeningMs: Quartiles;
  readonly rssBytes: Quartiles;
}

interface Start {
  readonly listeningMs: number;
  readonly rssBytes: number;
}

const SERVICE = new URL('../chain/service.cjs', import.meta.url);
const ADDRESS = { HOST: loopback(0), PORT: '8080', NEXT: '' };

async function startOnce(execPath: string, env: NodeJS.ProcessEnv): Promise<Start> {
  const before = performance.now();
  const worker = await Worker.start(SERVICE, { env: { ...ADDRESS, ...env }, execPath });
  const listeningMs = performance.now() - before;
  try {
    const { rssBytes } = await usageOfService(`http://${ADDRESS.HOST}:${ADDRESS.PORT}`);
    return { listeningMs, rssBytes };
  } finally {
    await worker.stop();
  }
}

export interface StartOptions {
  readonly rounds: number;
  /** Called with how far it is. */
  readonly tell: (text: string) => void;
}

/** Measures the start of one service of the chain, so many times each way. */
export async function measureStart({ execPath }: Runtime, { rounds, tell }: StartOptions): Promise<StartResult[]> {
  const plane = await startControlPlane();
  try {
    const ways = [
      { variant: 'bare', env: {}, starts: [] as Start[] },
      { variant: 'agent', env: agentEnvironment(plane.link, 'a'), starts: [] as Start[] },
    ];
    for (const { env } of ways) await startOnce(execPath, env);
    for (let round = 1; round <= rounds; round++) {
      tell(`round ${round} of ${rounds}`);
      for (const { env, starts } of ways) starts.push(await startOnce(execPath, env));
    }
    return ways.map(({ variant, starts }) => ({
      variant,
      listeningMs: quartiles(starts.map((start) => start.listeningMs)),
      rssBytes: quartiles(starts.map((start) => start.rssBytes)),
    }));
  } finally {
    await plane.close();
  }
}
