import type { Hop } from '@fairway/model';

/** A hop as it is kept. */
export type KeptHop = Omit<Hop, 'agoMs'> & { readonly begunMs: number };

/** Hops that are to be told, and how many were too many to be kept. */
export interface ToldHops {
  readonly hops: readonly Hop[];
  readonly dropped: number;
}

/** Keeps what became of requests until it is told. Beyond its bound hops are lost, and counted. */
export class HopLog {
  readonly #maxHops: number;
  readonly #nowMs: () => number;
  readonly #onNews: () => void;
  #hops: KeptHop[] = [];
  #dropped = 0;

  /** `onNews`: told of the first hop that is to be taken. */
  constructor(maxHops: number, nowMs: () => number, onNews: () => void) {
    this.#maxHops = maxHops;
    this.#nowMs = nowMs;
    this.#onNews = onNews;
  }

  add(hop: KeptHop): void {
    if (this.#hops.length >= this.#maxHops) {
      this.#dropped++;
      return;
    }
    if (this.#hops.push(hop) === 1) this.#onNews();
  }

  take(): ToldHops {
    const atMs = this.#nowMs();
    const hops = this.#hops.map(({ begunMs, ...hop }) => ({ ...hop, agoMs: round(atMs - begunMs) }));
    const told = { hops, dropped: this.#dropped };
    this.#hops = [];
    this.#dropped = 0;
    return told;
  }
}

/** Milliseconds to a microsecond, and never below zero. */
export function round(ms: number): number {
  return Math.max(0, Math.round(ms * 1000) / 1000);
}
