import type { LoadGenerator } from '../load/load-generator.ts';
import type { Chain } from './fleet.ts';
import { burst } from './load.ts';

/** What one visit to one chain showed. */
export interface Sample {
  /** Under as much load as 16 connections make. */
  readonly requestsPerSecond: number;
  /** Of the services and what stands beside them, under that load. */
  readonly cpuMicrosPerRequest: number;
  /** Of the services alone. */
  readonly serviceCpuMicrosPerRequest: number;
  /** At the fixed rate, from when a request was due. */
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** At the fixed rate, the generator's own lateness. */
  readonly lateP50Micros: number;
  readonly lateP99Micros: number;
  /** Of all processes, after the load. */
  readonly rssBytes: number;
}

const LOADED = { connections: 16, seconds: 1 };
const FIXED = { perSecond: 1000, seconds: 1, connections: 32 };

function assertClean(name: string, { failed, requests }: { failed: number; requests: number }): void {
  if (failed > 0) throw new Error(`${name}: ${failed} of ${requests} requests failed`);
}

/**
 * Measures one chain once: as much as it can bear, then at the fixed rate. A burst that is not counted goes first: while
 * the others were measured it was idle for many seconds, and the first second after that says little of a loaded one.
 */
export async function sample(chain: Chain, generator: LoadGenerator): Promise<Sample> {
  const { name, url, headers } = chain;
  assertClean(name, await burst({ url, headers, ...LOADED }));
  const before = await chain.usage();
  const loaded = await burst({ url, headers, ...LOADED });
  const after = await chain.usage();
  assertClean(name, loaded);
  const fixed = await generator.atRate({ url, headers, ...FIXED });
  assertClean(name, fixed);
  const { p50Micros, p99Micros, lateP50Micros, lateP99Micros } = fixed;
  return {
    requestsPerSecond: (loaded.requests * 1e6) / loaded.durationMicros,
    cpuMicrosPerRequest: (after.all.cpuMicros - before.all.cpuMicros) / loaded.requests,
    serviceCpuMicrosPerRequest: (after.services.cpuMicros - before.services.cpuMicros) / loaded.requests,
    p50Micros,
    p99Micros,
    lateP50Micros,
    lateP99Micros,
    rssBytes: after.all.rssBytes,
  };
}

/** The order of a round: each item once, at random. */
export function shuffled<T>(items: readonly T[], dice: () => number): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(dice() * (i + 1));
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
