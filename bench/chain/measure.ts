import { type BurstResult, burst } from './load.ts';
import { usageOf, type Variant } from './variant.ts';

/** What one burst against one variant showed. */
export interface Sample {
  readonly requestsPerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly cpuMicrosPerRequest: number;
  /** Mean latency of one connection: nothing waits for anything else. */
  readonly unloadedMicros: number;
  readonly rssBytes: number;
}

/** Throughput under 16 connections, then latency over one. */
const LOADED = { connections: 16, seconds: 1 };
const UNLOADED = { connections: 1, seconds: 1 };

async function cleanBurst(variant: Variant, size: typeof LOADED): Promise<BurstResult> {
  const { url, headers } = variant;
  const result = await burst({ url, headers, ...size });
  if (result.failed > 0) throw new Error(`${variant.name}: ${result.failed} of ${result.requests} requests failed`);
  return result;
}

/** Measures one variant once. */
export async function sample(variant: Variant): Promise<Sample> {
  const before = await usageOf(variant);
  const loaded = await cleanBurst(variant, LOADED);
  const after = await usageOf(variant);
  const unloaded = await cleanBurst(variant, UNLOADED);
  return {
    requestsPerSecond: (loaded.requests * 1e6) / loaded.durationMicros,
    p50Micros: loaded.p50Micros,
    p99Micros: loaded.p99Micros,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / loaded.requests,
    unloadedMicros: unloaded.meanMicros,
    rssBytes: after.rssBytes,
  };
}

/** The order of a round: each variant once, at random. */
export function shuffled<T>(items: readonly T[], dice: () => number): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(dice() * (i + 1));
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}

export interface Quartiles {
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
}

/** Quartiles of a list that is not empty. */
export function quartiles(values: readonly number[]): Quartiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))] as number;
  return { p25: at(0.25), p50: at(0.5), p75: at(0.75) };
}
