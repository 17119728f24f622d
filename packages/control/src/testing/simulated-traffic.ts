import { Latencies, type Outcomes } from '@fairway/model';
import { Tally } from '../traffic/tally.ts';
import type { Sides } from '../traffic/traffic-rollup.ts';

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a side of the traffic is like: its share of the requests, of errors, and how slow it is. */
export interface Side {
  readonly errorShare: number;
  readonly slowness: number;
}

export const ALIKE: Side = { errorShare: 0.004, slowness: 1 };

/** A service of a chain: what its canary is like, where it is not like base, and what is counted of it. */
export interface Link {
  readonly canary?: Side | undefined;
  readonly sides: Sides;
}

export function noSides(): Sides {
  return { canary: new Tally(), base: new Tally() };
}

/**
 * Requests of a second, some of them in the canary. Each passes the services of the chain, the first of which calls the second
 * and so on: it waits for those after it, and fails with them. Latencies of each from 20 ms on, with a long tail.
 */
export function second(dice: () => number, share: number, chain: readonly Link[]): void {
  for (let n = 0; n < 40; n++) {
    const name = dice() < share ? 'canary' : 'base';
    let ms = 0;
    let isBad = false;
    for (const { canary = ALIKE, sides } of [...chain].reverse()) {
      const { errorShare, slowness } = name === 'canary' ? canary : ALIKE;
      ms += slowness * 20 * Math.exp(0.5 * Math.sqrt(-2 * Math.log(1 - dice())) * Math.cos(2 * Math.PI * dice()));
      isBad ||= dice() < errorShare;
      const latency = new Latencies();
      latency.add(ms);
      const outcomes: Outcomes = isBad ? { '5xx': 1 } : { '2xx': 1 };
      sides[name].add({ outcomes, latency: { sumMs: ms, buckets: latency.pairs() } });
    }
  }
}
