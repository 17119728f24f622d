import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Instance } from '@fairway/model';

/** Instances by address, and those whose names led nowhere. */
export interface Resolved {
  readonly instances: readonly Instance[];
  readonly unresolved: readonly Instance[];
}

/**
 * Replaces host names of instances by addresses: NGINX refuses a whole configuration for one name that it cannot
 * resolve. Names that lead nowhere are left out.
 */
export async function resolveHosts(instances: readonly Instance[]): Promise<Resolved> {
  const names = [...new Set(instances.map(({ host }) => host).filter((host) => isIP(host) === 0))];
  const found = await Promise.all(
    names.map((name) =>
      lookup(name).then(
        ({ address }) => [name, address] as const,
        () => [name, undefined] as const,
      ),
    ),
  );
  const addresses = new Map(found);
  const unresolved = instances.filter(({ host }) => isIP(host) === 0 && addresses.get(host) === undefined);
  return {
    instances: instances
      .filter((instance) => !unresolved.includes(instance))
      .map((instance) => ({ ...instance, host: addresses.get(instance.host) ?? instance.host })),
    unresolved,
  };
}
