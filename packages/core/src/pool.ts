import type { Instance } from '@fairway/model';

/** Instances that may take the same calls. Immutable. */
export interface Pool {
  readonly instances: readonly Instance[];
  /** Those not ejected. */
  readonly healthy: readonly Instance[];
  /** Those among which a call is balanced first: healthy and not suspect, or the next best that is not empty. */
  readonly preferred: readonly Instance[];
}

/** Builds a pool; the order of its instances is by id, whatever the order of the list. */
export function buildPool(list: readonly Instance[]): Pool {
  const instances = [...list].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const healthy = instances.filter((instance) => !instance.ejected);
  const sure = healthy.filter((instance) => !instance.suspect);
  const preferred = sure.length > 0 ? sure : healthy.length > 0 ? healthy : instances;
  return Object.freeze({ instances, healthy, preferred });
}

/** A pool without instances. */
export const EMPTY_POOL: Pool = buildPool([]);
