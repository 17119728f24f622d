import type { Burst, BurstResult } from './load.ts';
import type { Worker } from './process.ts';
import { usageOf, type Variant } from './variant.ts';

/** What one burst against one variant showed. */
export interface Sample {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicrosPerRequest: number;
  readonly latencyMs: number;
  readonly rssBytes: number;
}

/** Throughput under 16 connections, then unloaded latency over one. */
const LOADED = { connections: 16, requests: 3_000 };
const UNLOADED = { connections: 1, requests: 300 };

async function burst(load: Worker, variant: Variant, size: typeof LOADED): Promise<BurstResult> {
  const { url, headers } = variant;
  const result = await load.ask<BurstResult>({ url, headers, ...size } satisfies Burst);
  if (result.failed > 0) throw new Error(`${variant.name}: ${result.failed} of ${size.requests} requests failed`);
  return result;
}

/** Measures one variant once. */
export async function sample(load: Worker, variant: Variant): Promise<Sample> {
  const before = await usageOf(variant);
  const loaded = await burst(load, variant, LOADED);
  const after = await usageOf(variant);
  const unloaded = await burst(load, variant, UNLOADED);
  return {
    requestsPerSecond: loaded.requestsPerSecond,
    p50Ms: loaded.p50Ms,
    p99Ms: loaded.p99Ms,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / loaded.requests,
    latencyMs: 1_000 / unloaded.requestsPerSecond,
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
