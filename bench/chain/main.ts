// The chain of three services, four ways, all alive at once: short bursts in random order, ratios within a round.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAgentBundle } from '@fairway/agent';
import { type Client, createClient } from '@fairway/client';
import { startServer } from '@fairway/server';
import { quartiles, type Sample, sample, shuffled } from './measure.ts';
import { Fleet, type Variant } from './variant.ts';

const METRICS = [
  'requestsPerSecond',
  'p50Micros',
  'p99Micros',
  'cpuMicrosPerRequest',
  'unloadedMicros',
  'rssBytes',
] as const;
const READY_TIMEOUT_MS = 30_000;

type Metric = (typeof METRICS)[number];

/** One variant's figures: as they were, and against `bare` in the same round. */
export interface ChainResult {
  readonly variant: string;
  readonly values: Readonly<Record<Metric, ReturnType<typeof quartiles>>>;
  readonly ratios: Readonly<Record<Metric, ReturnType<typeof quartiles>>>;
}

function resultOf(variant: Variant, mine: readonly Sample[], bare: readonly Sample[]): ChainResult {
  const entries = (of: (metric: Metric) => number[]) =>
    Object.fromEntries(METRICS.map((metric) => [metric, quartiles(of(metric))])) as ChainResult['values'];
  return {
    variant: variant.name,
    values: entries((metric) => mine.map((s) => s[metric])),
    ratios: entries((metric) => mine.map((s, i) => s[metric] / ((bare[i] as Sample)[metric] || 1))),
  };
}

async function ready(client: Client, count: number): Promise<void> {
  const isReady = async () => {
    const instances = await client.instances({ namespace: 'bench' });
    return instances.filter(({ state }) => state === 'ready').length >= count;
  };
  if (await isReady()) return;
  for await (const _ of client.events(AbortSignal.timeout(READY_TIMEOUT_MS))) if (await isReady()) return;
  throw new Error(`fewer than ${count} instances were ready after ${READY_TIMEOUT_MS} ms`);
}

/** Measures the chain on one Node.js. `execPath`: its binary. */
export async function measureChain(
  execPath: string,
  rounds: number,
  progress: (text: string) => void,
): Promise<ChainResult[]> {
  await ensureAgentBundle();
  const dataDir = await mkdtemp(join(tmpdir(), 'fairway-bench-'));
  const server = await startServer({ port: 0, dataDir, log: { level: 'warn' } });
  const fleet = new Fleet(execPath);
  try {
    const client = createClient({ server: server.url, token: server.bootstrapToken as string });
    const lane = {
      apiVersion: 'fairway.dev/v1',
      kind: 'Lane',
      metadata: { name: 'gray', namespace: 'bench' },
      spec: {},
    } as const;
    await client.apply([lane]);
    const { token } = await client.createToken({ name: 'bench', role: 'agent', namespace: 'bench' });
    const link = { server: server.url, token };
    const variants = [
      await fleet.bare('bare'),
      await fleet.bare('bare again'),
      await fleet.governed('agent, base', '', link),
      await fleet.governed('agent, lane', 'gray', link),
    ];
    await ready(client, 6);
    return await measureAll(variants, rounds, progress);
  } finally {
    await fleet.stop();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measureAll(
  variants: readonly Variant[],
  rounds: number,
  progress: (text: string) => void,
): Promise<ChainResult[]> {
  const samples = new Map<Variant, Sample[]>(variants.map((variant) => [variant, []]));
  for (const variant of variants) await sample(variant);
  for (let round = 1; round <= rounds; round++) {
    for (const variant of shuffled(variants, Math.random)) samples.get(variant)?.push(await sample(variant));
    progress(`round ${round} of ${rounds}`);
  }
  const bare = samples.get(variants[0] as Variant) as Sample[];
  return variants.map((variant) => resultOf(variant, samples.get(variant) as Sample[], bare));
}
