import type { Instance } from '@fairway/model';

/** Instances that may take the same calls, with what is needed to draw one of them at once. Immutable. */
export interface Pool {
  readonly instances: readonly Instance[];
  /** Those not ejected. */
  readonly healthy: readonly Instance[];
  /** What a draw is made from first: healthy and not suspect, or the next best that is not empty. */
  readonly preferred: readonly Instance[];
  /** Running sums of the weights of `preferred`; undefined where all weigh the same. */
  readonly sums: readonly number[] | undefined;
}

const DEFAULT_WEIGHT = 100;

/** Builds a pool; the order of its instances is by id, whatever the order of the list. */
export function buildPool(list: readonly Instance[]): Pool {
  const instances = [...list].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const healthy = instances.filter((instance) => !instance.ejected);
  const sure = healthy.filter((instance) => !instance.suspect);
  const preferred = sure.length > 0 ? sure : healthy.length > 0 ? healthy : instances;
  return Object.freeze({ instances, healthy, preferred, sums: sumsOf(preferred) });
}

function sumsOf(instances: readonly Instance[]): number[] | undefined {
  const weights = instances.map(({ weight = DEFAULT_WEIGHT }) => weight);
  if (weights.every((weight) => weight === weights[0])) return undefined;
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum;
  });
}

/** A pool without instances. */
export const EMPTY_POOL: Pool = buildPool([]);
