import type { StickyBy } from '@fairway/model';
import { murmurHash2 } from '../murmur-hash2.ts';
import { stickyKey } from '../percent.ts';
import type { Dice, RequestView } from '../request-view.ts';
import { type Algorithm, type Contest, draw } from './choice.ts';

const RANGE = 2 ** 32;

/**
 * Weighted rendezvous hashing (Thaler and Ravishankar; weights as by Schindelhauer and Schomaker): the contender with the
 * greatest `u ^ (1 / weight)`, where u is a hash of key and id in (0, 1). When one comes, goes or warms up, only the
 * keys that it gains or loses move. Cost: linear, a few nanoseconds for each contender. Requests without a key are drawn.
 */
export class Hash implements Algorithm {
  readonly #by: StickyBy;
  readonly #seeds: Uint32Array;

  constructor(by: StickyBy, contest: Contest) {
    this.#by = by;
    this.#seeds = Uint32Array.from(contest.contenders, ({ id }) => murmurHash2(id));
  }

  choose(contest: Contest, request: RequestView, dice: Dice): number {
    const key = stickyKey(this.#by, request);
    if (key === undefined) return draw(contest, dice);
    const hash = murmurHash2(key);
    const seeds = this.#seeds;
    let best = -1;
    let chosen = 0;
    for (let i = 0; i < seeds.length; i++) {
      const u = mixed(hash, seeds[i] as number);
      if (u <= best) continue;
      const score = u ** (1 / (contest.weights[i] as number));
      if (score <= best) continue;
      best = score;
      chosen = i;
    }
    return chosen;
  }
}

/** Two hashes as one number in (0, 1); the finalizer of MurmurHash3. */
function mixed(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ b;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (((h ^ (h >>> 16)) >>> 0) + 0.5) / RANGE;
}
