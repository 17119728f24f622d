import type { Dice, RequestView } from '../request-view.ts';
import type { PeakEwma } from './peak-ewma.ts';

/** One of those that may take a call. */
export interface Contender {
  readonly id: string;
  readonly latency: PeakEwma;
  readonly inFlight: number;
}

/** Those among which a call is balanced. Never empty; none has a weight above 1, one has 1. */
export interface Contest {
  readonly contenders: readonly Contender[];
  /** By contender, as shares of the greatest. */
  readonly weights: Float64Array;
  /** Running sums of the weights; undefined where all weigh the same. */
  readonly sums: Float64Array | undefined;
  /** Changes with the weights. */
  readonly version: number;
}

/** A way of choosing: the index of a contender. */
export interface Algorithm {
  choose(contest: Contest, request: RequestView, dice: Dice, nowMs: number): number;
}

/** Draws by weight. Cost: constant where all weigh the same, else logarithmic. */
export function draw({ contenders, sums }: Contest, dice: Dice): number {
  if (!sums) return Math.floor(dice() * contenders.length);
  return firstAbove(sums, dice() * (sums[sums.length - 1] as number));
}

/** Index of the first sum that is above a value below the last of them. */
export function firstAbove(sums: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** `random`: by weight alone. */
export const RANDOM: Algorithm = { choose: (contest, _request, dice) => draw(contest, dice) };
