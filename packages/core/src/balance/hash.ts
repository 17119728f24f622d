import type { StickyBy } from '@fairway/model';
import { murmurHash2 } from '../murmur-hash2.ts';
import { stickyKey } from '../percent.ts';
import type { Dice, RequestView } from '../request-view.ts';
import { type Algorithm, type Contest, draw } from './choice.ts';

const RANGE = 2 ** 32;
/** Keys whose choice is remembered, by the last bits of their hash: a power of two. */
const REMEMBERED = 4_096;
/** Below so many contenders the choice is cheap enough not to take memory for it. */
const MIN_CONTENDERS = 64;

/**
 * Weighted rendezvous hashing (Thaler and Ravishankar; weights as by Schindelhauer and Schomaker): the contender with the
 * greatest `u ^ (1 / weight)`, where u is a hash of key and id in (0, 1). When one comes, goes or warms up, only the
 * keys that it gains or loses move. Cost: linear for a key that comes for the first time since weights changed, a few
 * nanoseconds for each contender; constant for one that was among the last few thousand. Requests without a key are drawn.
 */
export class Hash implements Algorithm {
  readonly #by: StickyBy;
  readonly #seeds: Uint32Array;
  /** Hashes of the keys remembered, and what was chosen for each, plus 1; 0: nothing. Of the weights as at `#version`. */
  readonly #hashes: Uint32Array;
  readonly #choices: Uint32Array;
  #version = -1;

  constructor(by: StickyBy, contest: Contest) {
    this.#by = by;
    this.#seeds = Uint32Array.from(contest.contenders, ({ id }) => murmurHash2(id));
    const remembered = contest.contenders.length < MIN_CONTENDERS ? 0 : REMEMBERED;
    this.#hashes = new Uint32Array(remembered);
    this.#choices = new Uint32Array(remembered);
  }

  choose(contest: Contest, request: RequestView, dice: Dice): number {
    const key = stickyKey(this.#by, request);
    if (key === undefined) return draw(contest, dice);
    const hash = murmurHash2(key);
    if (this.#choices.length === 0) return this.#chosenFor(hash, contest);
    if (contest.version !== this.#version) {
      this.#version = contest.version;
      this.#choices.fill(0);
    }
    const slot = hash & (REMEMBERED - 1);
    const remembered = this.#hashes[slot] === hash ? (this.#choices[slot] as number) : 0;
    if (remembered > 0) return remembered - 1;
    const chosen = this.#chosenFor(hash, contest);
    this.#hashes[slot] = hash;
    this.#choices[slot] = chosen + 1;
    return chosen;
  }

  #chosenFor(hash: number, contest: Contest): number {
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
