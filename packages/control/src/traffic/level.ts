import { Tally } from './tally.ts';

/** How much is kept, and how finely. */
export interface LevelBounds {
  readonly stepMs: number;
  readonly keepMs: number;
  /** Different traffic in one step; what is beyond is counted as {@link OTHER}. */
  readonly maxKeys: number;
  /** In all steps together: beyond, the oldest step goes. */
  readonly maxPoints: number;
}

/** The key of what was one too many. */
export const OTHER = 'other';

type Slot = Map<string, Tally>;

/** Tallies by step of time and key. Bounded; what is kept is always the latest. */
export class Level {
  readonly bounds: LevelBounds;
  readonly #slots = new Map<number, Slot>();
  #points = 0;

  constructor(bounds: LevelBounds) {
    this.bounds = bounds;
  }

  /** Beginning of the oldest step; undefined: there is none. */
  get oldestMs(): number | undefined {
    return this.#slots.size === 0 ? undefined : Math.min(...this.#slots.keys());
  }

  /** The tally of some traffic at a time, or that of all that is too much. undefined: the time is too long ago. */
  at(key: string, atMs: number, nowMs: number): Tally | undefined {
    const { stepMs, keepMs, maxKeys } = this.bounds;
    if (atMs < nowMs - keepMs) return undefined;
    const slot = this.#slotAt(Math.floor(atMs / stepMs) * stepMs, nowMs);
    const known = slot.get(key);
    if (known) return known;
    return slot.size < maxKeys || key === OTHER ? this.#add(slot, key) : this.at(OTHER, atMs, nowMs);
  }

  #add(slot: Slot, key: string): Tally {
    const tally = new Tally(key === OTHER);
    slot.set(key, tally);
    this.#points++;
    return tally;
  }

  #slotAt(startMs: number, nowMs: number): Slot {
    const known = this.#slots.get(startMs);
    if (known) return known;
    this.#prune(nowMs);
    const slot: Slot = new Map();
    this.#slots.set(startMs, slot);
    return slot;
  }

  #prune(nowMs: number): void {
    const { stepMs, keepMs, maxPoints } = this.bounds;
    for (const startMs of [...this.#slots.keys()].sort((a, b) => a - b)) {
      const isOld = startMs + stepMs < nowMs - keepMs;
      if (!isOld && this.#points <= maxPoints) return;
      this.#points -= this.#slots.get(startMs)?.size ?? 0;
      this.#slots.delete(startMs);
    }
  }

  /** All traffic of steps that begin within `[fromMs, toMs)`, by key. `isWanted`: which keys. */
  sum(fromMs: number, toMs: number, isWanted: (key: string) => boolean): Map<string, Tally> {
    const sums = new Map<string, Tally>();
    for (const [startMs, slot] of this.#slots) {
      if (startMs < fromMs || startMs >= toMs) continue;
      for (const [key, tally] of slot) {
        if (!isWanted(key)) continue;
        const sum = sums.get(key);
        if (sum) sum.merge(tally);
        else sums.set(key, copyOf(tally));
      }
    }
    return sums;
  }

  /** Step by step, in the order of time. */
  *points(fromMs: number, toMs: number): Generator<readonly [startMs: number, slot: ReadonlyMap<string, Tally>]> {
    for (const startMs of [...this.#slots.keys()].sort((a, b) => a - b)) {
      if (startMs >= fromMs && startMs < toMs) yield [startMs, this.#slots.get(startMs) as Slot];
    }
  }
}

function copyOf(tally: Tally): Tally {
  const copy = new Tally();
  copy.merge(tally);
  return copy;
}
