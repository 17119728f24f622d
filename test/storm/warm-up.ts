import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_POLICY, warmupShare } from '@fairway/core';
import type { Policy } from '@fairway/model';
import { type Governed, NAMESPACE, startGoverned } from './governed.ts';
import type { StormInstance } from './instance.ts';
import { type Failure, runFlows } from './load.ts';
import { throughNginx } from './traffic.ts';
import { type Governance, World } from './world.ts';

const WARM = 4;
const TENTHS = 10;
/** How long the instance of the cold start is cold. */
const COLD_MS = 6000;
/** Longest that an instance takes to start. */
const STARTING_MS = 2000;
const ASK_AGAIN_MS = 50;

/** What part of the traffic an instance got in a tenth of its warm-up, and what the curve says. From 0 to 1. */
export interface Tenth {
  readonly share: number;
  readonly expected: number;
  readonly requests: number;
}

/** How long requests took before an instance came that is slow in its first seconds, and while it was new. Milliseconds. */
export interface ColdStart {
  readonly steadyP99Ms: number;
  readonly newP99Ms: number;
  readonly failures: readonly Failure[];
}

/** How the traffic to a new instance begins. */
export interface Beginning {
  readonly algorithm: 'p2c' | 'roundRobin';
  readonly isWarmedUp: boolean;
}

export interface WarmUpOptions {
  readonly durationMs: number;
  readonly perSecond: number;
}

type Spec = Omit<Policy['spec'], 'services'>;

function policy(spec: Spec): Policy {
  const metadata = { name: 'storm', namespace: NAMESPACE };
  return { apiVersion: 'fairway.dev/v1', kind: 'Policy', metadata, spec: { services: '*', ...spec } };
}

/** Four warm instances of the front, and what to do with them. */
async function staged<T>(
  spec: Spec,
  oldEnoughMs: number,
  run: (world: World, governed: Governed) => Promise<T>,
): Promise<T> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const governed = await startGoverned([policy(spec)], stops);
    const world = new World(governed satisfies Governance);
    stops.push(() => world.stop());
    await world.start({ front: WARM, back: 2 });
    await delay(oldEnoughMs);
    return await run(world, governed);
  } finally {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  }
}

/** What share a new instance gets beside four that are warm. `via`: who balances. @throws where a request failed */
export function measureShares(via: 'agents' | 'NGINX', options: WarmUpOptions): Promise<readonly Tenth[]> {
  const { durationMs, perSecond } = options;
  return staged({ warmup: { duration: `${durationMs}ms` } }, durationMs, async (world, governed) => {
    const failures: Failure[] = [];
    const load = await startLoad(via, governed, perSecond, (failure) => failures.push(failure));
    const young = await world.add('front');
    const found = await tenths(world, young, await readySince(governed, young), durationMs);
    await load.end();
    if (failures[0]) throw new Error(`${failures.length} requests failed: ${failures[0].why}`);
    return found;
  });
}

async function startLoad(
  via: 'agents' | 'NGINX',
  governed: Governed,
  perSecond: number,
  onFailure: (failure: Failure) => void,
): Promise<{ end(): Promise<unknown> }> {
  if (via === 'agents') return governed.startCaller(perSecond, onFailure);
  const flow = throughNginx(governed.entry, perSecond);
  // NGINX hears of the first instances a little later than they of each other.
  while (
    !(await flow.send(0).then(
      () => true,
      () => false,
    ))
  )
    await delay(ASK_AGAIN_MS);
  const ending = new AbortController();
  const sent = runFlows([flow], ending.signal, onFailure);
  return {
    end() {
      ending.abort();
      return sent;
    },
  };
}

/** When traffic could first reach an instance, by this process's monotonic clock. */
async function readySince({ client }: Governed, { id }: StormInstance): Promise<number> {
  const one = (await client.instances({ namespace: NAMESPACE })).find((instance) => instance.id === id);
  if (one?.readyForMs === undefined) throw new Error(`${id} is not known to be ready`);
  return performance.now() - one.readyForMs;
}

async function tenths(
  world: World,
  young: StormInstance,
  sinceMs: number,
  durationMs: number,
): Promise<readonly Tenth[]> {
  const found: Tenth[] = [];
  const first = Math.ceil(((performance.now() - sinceMs) / durationMs) * TENTHS);
  let before = await served(world, young, sinceMs + (first * durationMs) / TENTHS);
  for (let n = first; n < TENTHS; n++) {
    const now = await served(world, young, sinceMs + ((n + 1) * durationMs) / TENTHS);
    const requests = now.all - before.all;
    found.push({ share: (now.young - before.young) / requests, expected: expectedShare(n, durationMs), requests });
    before = now;
  }
  return found;
}

/** What was served until a moment. */
async function served(world: World, young: StormInstance, atMs: number): Promise<{ all: number; young: number }> {
  await delay(Math.max(0, atMs - performance.now()));
  const counts = await Promise.all(
    world.instances.front.map(async (one) => [one, (await one.tell({})).served] as const),
  );
  return {
    all: counts.reduce((sum, [, count]) => sum + count, 0),
    young: counts.find(([one]) => one === young)?.[1] ?? 0,
  };
}

/** The mean over a tenth. */
function expectedShare(n: number, durationMs: number): number {
  const steps = 100;
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const elapsedMs = ((n + (i + 0.5) / steps) * durationMs) / TENTHS;
    const weight = warmupShare({ ...DEFAULT_POLICY.warmup, durationMs }, elapsedMs);
    sum += weight / (WARM + weight);
  }
  return sum / steps;
}

/** An instance that is slow in its first seconds comes to four that are warm. */
export function measureColdStart(
  { algorithm, isWarmedUp }: Beginning,
  { durationMs, perSecond }: WarmUpOptions,
): Promise<ColdStart> {
  const warmup = isWarmedUp ? { duration: `${durationMs}ms` } : { enabled: false };
  return staged({ warmup, balance: { algorithm } }, durationMs, async (world, governed) => {
    const failures: Failure[] = [];
    const caller = await governed.startCaller(perSecond, (failure) => failures.push(failure));
    await delay(durationMs);
    const young = await world.add('front', { COLD_MS: String(COLD_MS) });
    const fromMs = Date.now() - (performance.now() - (await readySince(governed, young)));
    await delay(durationMs);
    await caller.end();
    const p99 = (from: number, to: number) =>
      percentile99(caller.took.filter(([sentMs]) => sentMs >= from && sentMs < to).map(([, tookMs]) => tookMs));
    // The second half of what was before: the caller's own start is no steady state, nor is that of the new instance.
    const steady = p99(fromMs - durationMs / 2, fromMs - STARTING_MS);
    return { steadyP99Ms: steady, newP99Ms: p99(fromMs, fromMs + durationMs), failures };
  });
}

function percentile99(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
}
