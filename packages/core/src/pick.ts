import type { Instance } from '@fairway/model';
import { firstAbove } from './balance/choice.ts';
import type { Pool } from './pool.ts';
import type { Dice } from './request-view.ts';

/**
 * Draws an instance by weight, suspect and ejected ones only where there are no others. `exclude`: ids of instances
 * that were tried in vain. undefined: nothing is left. Cost: constant where all weigh the same, else logarithmic.
 */
export function pick(pool: Pool, dice: Dice, exclude?: ReadonlySet<string>): Instance | undefined {
  if (exclude && exclude.size > 0) return pickOther(pool, dice, exclude);
  const { preferred, sums } = pool;
  if (!sums) return preferred[Math.floor(dice() * preferred.length)];
  return preferred[firstAbove(sums, dice() * (sums[sums.length - 1] as number))];
}

function pickOther(pool: Pool, dice: Dice, exclude: ReadonlySet<string>): Instance | undefined {
  for (const list of [pool.preferred, pool.instances]) {
    const left = list.filter((instance) => !exclude.has(instance.id));
    if (left.length > 0) return left[Math.floor(dice() * left.length)];
  }
  return undefined;
}
