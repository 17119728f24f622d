import type { ServiceName } from './service-program.ts';

/** Releases of the shop: base, the canary, and two environments of developers. */
export type Release = 'base' | 'gray' | 'dev-1' | 'dev-2';

/**
 * How many copies of each service run in each release. Nobody released a new payment or datacenter: the canary falls
 * back to base there, and comes back to itself in the warehouse between them. dev-1 is a whole environment, dev-2 not.
 */
export const COPIES: Readonly<Record<ServiceName, Partial<Record<Release, number>>>> = {
  storefront: { base: 2, gray: 1, 'dev-1': 1 },
  order: { base: 2, gray: 1, 'dev-1': 1, 'dev-2': 1 },
  payment: { base: 2, 'dev-1': 1 },
  warehouse: { base: 2, gray: 1, 'dev-1': 1, 'dev-2': 1 },
  datacenter: { base: 1, 'dev-1': 1 },
  device: { base: 1, gray: 1 },
};

/** One instance to start. */
export interface PlannedInstance {
  readonly id: string;
  readonly service: ServiceName;
  readonly release: Release;
  /** Its own loopback address, as a pod has its own. */
  readonly host: string;
  readonly port: number;
}

const DEVICE_PORT = 9000;
const HTTP_PORT = 8080;

/** All instances of {@link COPIES}, with addresses `<block>.10`, `<block>.11` … */
export function plannedInstances(block: string): PlannedInstance[] {
  const planned: PlannedInstance[] = [];
  for (const service of Object.keys(COPIES) as ServiceName[]) {
    for (const release of Object.keys(COPIES[service]) as Release[]) {
      for (let copy = 1; copy <= (COPIES[service][release] ?? 0); copy += 1) {
        planned.push({
          id: `${service}-${release}-${copy}`,
          service,
          release,
          host: `${block}.${10 + planned.length}`,
          port: service === 'device' ? DEVICE_PORT : HTTP_PORT,
        });
      }
    }
  }
  return planned;
}

/** First three bytes of the loopback addresses of one run, so that two runs on one machine do not meet. */
export function loopbackBlock(pid: number): string {
  return `127.${1 + ((pid >> 8) % 254)}.${pid % 256}`;
}
