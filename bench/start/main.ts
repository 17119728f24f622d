// What the agent adds to the start of a process: with and without it in turn, so that both see the same machine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AGENT_FILE, ensureAgentBundle } from '@fairway/agent';
import { createClient } from '@fairway/client';
import { startServer } from '@fairway/server';
import { type Quartiles, quartiles } from '../chain/measure.ts';
import { Worker } from '../chain/process.ts';

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
const ADDRESS = { HOST: '127.0.9.1', PORT: '8080', NEXT: '' };

async function startOnce(execPath: string, env: NodeJS.ProcessEnv): Promise<Start> {
  const before = performance.now();
  const worker = await Worker.start(SERVICE, { env: { ...ADDRESS, ...env }, execPath });
  const listeningMs = performance.now() - before;
  try {
    const usage = await fetch(`http://${ADDRESS.HOST}:${ADDRESS.PORT}/usage`);
    const { rssBytes } = (await usage.json()) as { rssBytes: number };
    return { listeningMs, rssBytes };
  } finally {
    await worker.stop();
  }
}

/** Measures the start of one service of the chain, `rounds` times each way. `execPath`: its Node.js. */
export async function measureStart(execPath: string, rounds: number): Promise<StartResult[]> {
  await ensureAgentBundle();
  const dataDir = await mkdtemp(join(tmpdir(), 'fairway-bench-'));
  const server = await startServer({ port: 0, dataDir, log: { level: 'warn' } });
  try {
    const client = createClient({ server: server.url, token: server.bootstrapToken as string });
    const { token } = await client.createToken({ name: 'bench', role: 'agent', namespace: 'bench' });
    const governed = {
      NODE_OPTIONS: `--require ${AGENT_FILE}`,
      FAIRWAY_SERVER: server.url,
      FAIRWAY_TOKEN: token,
      FAIRWAY_NAMESPACE: 'bench',
      FAIRWAY_SERVICE: 'a',
    };
    const ways = [
      { variant: 'bare', env: {}, starts: [] as Start[] },
      { variant: 'agent', env: governed, starts: [] as Start[] },
    ];
    for (const { env } of ways) await startOnce(execPath, env);
    for (let round = 0; round < rounds; round++) {
      for (const { env, starts } of ways) starts.push(await startOnce(execPath, env));
    }
    return ways.map(({ variant, starts }) => ({
      variant,
      listeningMs: quartiles(starts.map((start) => start.listeningMs)),
      rssBytes: quartiles(starts.map((start) => start.rssBytes)),
    }));
  } finally {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}
