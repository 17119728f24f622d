import type { Dice } from '../request-view.ts';
import { type Algorithm, type Contest, draw } from './choice.ts';

/** Weights within this factor are alike. */
const ALIKE = 1.25;

/** By how much the second of two must be better: so that neither noise of latency nor small numbers bend the weights. */
const MARGIN = { alike: 1.5, heavier: 3, lighter: 6 };

/**
 * The better of two, drawn by weight (power of two choices). The load of one is
 *
 *     latency * (1 + calls under way / weight)
 *
 * with the peak EWMA of its latency, left out where one of the two has none. Weights that are not alike differ from the
 * textbook: the draw alone honours them, so one that warms up, with few calls under way or none, may not win because of
 * that. There the second is taken only where it is better by far; against a heavier one, calls under way count as they
 * are.
 */
export const P2C: Algorithm = {
  choose(contest, _request, dice, nowMs) {
    const first = draw(contest, dice);
    const second = drawOther(contest, dice, first);
    return second !== first && isBetter(contest, second, first, nowMs) ? second : first;
  },
};

function drawOther(contest: Contest, dice: Dice, first: number): number {
  const count = contest.contenders.length;
  if (count === 1) return first;
  if (contest.sums) return draw(contest, dice);
  const other = Math.floor(dice() * (count - 1));
  return other < first ? other : other + 1;
}

function isBetter({ contenders, weights }: Contest, second: number, first: number, nowMs: number): boolean {
  const a = contenders[first];
  const b = contenders[second];
  if (!a || !b) return false;
  const latencyA = a.latency.at(nowMs);
  const latencyB = b.latency.at(nowMs);
  const slower = latencyA > 0 && latencyB > 0 ? latencyA / latencyB : 1;
  const weightA = weights[first] as number;
  const weightB = weights[second] as number;
  if (weightB > weightA * ALIKE) return (1 + b.inFlight) * MARGIN.heavier < (1 + a.inFlight) * slower;
  const margin = weightA > weightB * ALIKE ? MARGIN.lighter : slower === 1 ? 1 : MARGIN.alike;
  return (1 + b.inFlight / weightB) * margin < (1 + a.inFlight / weightA) * slower;
}
