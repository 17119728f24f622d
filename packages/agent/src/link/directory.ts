import { type Instance, type Resource, resourceKey, type Update, WIRE_VERSION } from '@fairway/model';
import { nowMs } from '../clock.ts';
import { aged } from './age.ts';
import { weightOf } from './weight.ts';

/** What an update changed. */
export interface Change {
  readonly rules: boolean;
  /** Services whose instances changed. */
  readonly services: ReadonlySet<string>;
  /** Addresses that were answered. */
  readonly addresses: readonly string[];
}

/** All that the control plane told this process: resources, instances, and what dialled addresses mean. */
export interface Directory {
  /** `<epoch>.<revision>` of the last update; undefined: none yet. */
  readonly position: string | undefined;
  readonly revision: number;
  /** About the memory that it takes, and what is compiled from it. */
  readonly bytes: number;
  /** Applies an update; undefined: it does not follow on what is known, and a full one is needed. */
  apply(update: Update): Change | undefined;
  readonly resources: Iterable<Resource>;
  instancesOf(service: string): Iterable<Instance>;
  readonly services: Iterable<string>;
  /** The service that a dialled address means; null: none; undefined: not asked yet. */
  serviceAt(address: string): string | null | undefined;
  readonly addresses: Iterable<string>;
  /** Forgets everything: nothing but a full update follows on that. */
  clear(): void;
  /** All of it as it is now, as one full update. undefined: nothing is known. */
  snapshot(): Update | undefined;
}

/** Addresses that are remembered; beyond it those that mean nothing are forgotten first, the oldest of them first. */
export const MAX_ADDRESSES = 2048;
/** An address and what it means. */
const ADDRESS_BYTES = 200;

/** Creates an empty directory for a namespace. */
export function createDirectory(namespace: string): Directory {
  const resources = new Map<string, Resource>();
  const services = new Map<string, Map<string, Instance>>();
  const serviceOf = new Map<string, string>();
  /** When it was heard of those that warm up. */
  const heardMs = new Map<string, number>();
  const addresses = new Map<string, string | null>();
  let last: { epoch: string; revision: number } | undefined;
  let bytes = 0;

  function removeResource(key: string): void {
    const resource = resources.get(key);
    if (resource) bytes -= weightOf(resource);
    resources.delete(key);
  }

  function applyResources({ resources: { set, removed } }: Update): boolean {
    for (const key of removed) removeResource(key);
    for (const resource of set) {
      const key = resourceKey(resource);
      removeResource(key);
      resources.set(key, resource);
      bytes += weightOf(resource);
    }
    return set.length + removed.length > 0;
  }

  function removeInstance(id: string, changed: Set<string>): void {
    const service = serviceOf.get(id);
    if (service === undefined) return;
    const peers = services.get(service);
    const instance = peers?.get(id);
    if (instance) bytes -= weightOf(instance);
    serviceOf.delete(id);
    heardMs.delete(id);
    peers?.delete(id);
    changed.add(service);
  }

  function applyInstances({ instances: { set, removed } }: Update, changed: Set<string>): void {
    for (const id of removed) removeInstance(id, changed);
    for (const instance of set) {
      removeInstance(instance.id, changed);
      const peers = services.get(instance.service) ?? new Map<string, Instance>();
      services.set(instance.service, peers.set(instance.id, instance));
      serviceOf.set(instance.id, instance.service);
      if (instance.readyForMs !== undefined) heardMs.set(instance.id, nowMs());
      bytes += weightOf(instance);
      changed.add(instance.service);
    }
  }

  function applyAddresses(told: Update['addresses'], changed: Set<string>): string[] {
    for (const [address, service] of Object.entries(told)) {
      addresses.delete(address);
      addresses.set(address, service);
      if (service !== null && !services.has(service)) {
        services.set(service, new Map());
        changed.add(service);
      }
    }
    while (addresses.size > MAX_ADDRESSES) addresses.delete(oldest(addresses));
    return Object.keys(told);
  }

  function told(): Instance[] {
    const atMs = nowMs();
    const all = [...services.values()].flatMap((peers) => [...peers.values()]);
    return all.map((instance) => aged(instance, atMs - (heardMs.get(instance.id) ?? atMs)));
  }

  function clear(changed: Set<string>): void {
    for (const service of services.keys()) changed.add(service);
    for (const map of [resources, services, serviceOf, heardMs, addresses]) map.clear();
    bytes = 0;
  }

  return {
    get position() {
      return last && `${last.epoch}.${last.revision}`;
    },
    get revision() {
      return last?.revision ?? 0;
    },
    get bytes() {
      return bytes + addresses.size * ADDRESS_BYTES;
    },
    clear() {
      clear(new Set());
      last = undefined;
    },
    apply(update) {
      if (!update.full && (last?.epoch !== update.epoch || update.revision < last.revision)) return undefined;
      const changed = new Set<string>();
      if (update.full) clear(changed);
      const rules = applyResources(update) || update.full;
      applyInstances(update, changed);
      const answered = applyAddresses(update.addresses, changed);
      last = { epoch: update.epoch, revision: update.revision };
      return { rules, services: changed, addresses: answered };
    },
    get resources() {
      return resources.values();
    },
    instancesOf: (service) => services.get(service)?.values() ?? [],
    get services() {
      return services.keys();
    },
    serviceAt: (address) => addresses.get(address),
    get addresses() {
      return addresses.keys();
    },
    snapshot() {
      if (!last) return undefined;
      return {
        version: WIRE_VERSION,
        ...last,
        full: true,
        namespace,
        resources: { set: [...resources.values()], removed: [] },
        instances: { set: told(), removed: [] },
        addresses: Object.fromEntries(addresses),
      };
    },
  };
}

function oldest(addresses: ReadonlyMap<string, string | null>): string {
  for (const [address, service] of addresses) if (service === null) return address;
  return addresses.keys().next().value as string;
}
