import { Latencies, type Outcomes } from '@fairway/model';
import type { Tally } from '../traffic/tally.ts';

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

/** Requests of a second, some of them in the canary; latencies from 20 ms on, with a long tail. */
export function second(
  dice: () => number,
  share: number,
  canary: Side,
  base: Side,
  into: { canary: Tally; base: Tally },
): void {
  for (let n = 0; n < 40; n++) {
    const name = dice() < share ? 'canary' : 'base';
    const { errorShare, slowness } = name === 'canary' ? canary : base;
    const latency = new Latencies();
    const ms = slowness * 20 * Math.exp(0.5 * Math.sqrt(-2 * Math.log(1 - dice())) * Math.cos(2 * Math.PI * dice()));
    latency.add(ms);
    const outcomes: Outcomes = dice() < errorShare ? { '5xx': 1 } : { '2xx': 1 };
    into[name].add({ outcomes, latency: { sumMs: ms, buckets: latency.pairs() } });
  }
}
