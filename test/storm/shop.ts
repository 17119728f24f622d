import { startFleet } from '@fairway/shop/demo/fleet.ts';
import type { Outcome } from '@fairway/shop/demo/load.ts';
import { PROGRAMS, type ServiceName } from '@fairway/shop/demo/service-program.ts';
import { steadyTraffic } from '@fairway/shop/demo/traffic.ts';
import type { Count, Failure } from './load.ts';

/** What a run over the whole shop is. */
export interface ShopOptions {
  /** In each round every service is replaced, one after the other. */
  readonly rounds: number;
  readonly perSecond: number;
  tell(text: string): void;
}

/** What a client of the shop lost. */
type ShopFailure = Pick<Failure, 'flow' | 'why'>;

export interface ShopResult {
  /** By what was asked of the shop. */
  readonly flows: Readonly<Record<string, Count>>;
  readonly failures: readonly ShopFailure[];
  /** Instances of each service that were replaced. */
  readonly replaced: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Replaces every service of the shop under traffic through its NGINX, over HTTP and TCP, and counts what clients lost. */
export async function runShop({ rounds, perSecond, tell }: ShopOptions): Promise<ShopResult> {
  const ending = new AbortController();
  const fleet = await startFleet({ say: tell, signal: ending.signal });
  try {
    const flows: Record<string, Count> = {};
    const failures: ShopFailure[] = [];
    const done = ({ intent: { page }, result }: Outcome) => {
      const { sent, failed } = flows[page] ?? { sent: 0, failed: 0 };
      const isFailure = 'error' in result;
      if (isFailure) failures.push({ flow: page, why: result.error.message });
      flows[page] = { sent: sent + 1, failed: failed + (isFailure ? 1 : 0) };
    };
    const startMs = performance.now();
    const traffic = steadyTraffic(fleet.entries, done, ending.signal, perSecond);
    const replaced: Record<string, number> = {};
    for (let round = 1; round <= rounds; round++) {
      for (const service of Object.keys(PROGRAMS) as ServiceName[]) {
        tell(`round ${round} of ${rounds}: ${service}, lost so far ${failures.length}`);
        replaced[service] = (replaced[service] ?? 0) + (await fleet.roll(service));
      }
    }
    ending.abort();
    await traffic;
    return { flows, failures, replaced, seconds: (performance.now() - startMs) / 1000 };
  } finally {
    ending.abort();
    await fleet.stop();
  }
}
