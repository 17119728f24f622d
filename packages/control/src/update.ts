import {
  type Instance,
  type Kind,
  namespaceOfService,
  type Resource,
  resourceKey,
  type Update,
  WIRE_VERSION,
} from '@fairway/model';
import type { Change } from './change.ts';
import type { InstanceIndex } from './instance-index.ts';
import type { Journal } from './journal.ts';
import type { ResourceSet } from './resource-set.ts';
import type { Subscription } from './subscription.ts';

/** All that updates are made of, as it is at `revision`. */
export interface Scene {
  readonly epoch: string;
  readonly revision: number;
  readonly resources: Pick<ResourceSet, 'get' | 'of'>;
  readonly instances: Pick<InstanceIndex, 'get' | 'of'>;
}

/** What an agent last had: from the Last-Event-ID of its stream. */
export interface Had {
  readonly epoch: string;
  readonly revision: number;
}

/** Everything that an agent with this subscription should know. */
export function fullUpdate(scene: Scene, subscription: Subscription): Update {
  const services = [...subscription.services.keys()];
  return {
    ...head(scene, subscription),
    full: true,
    resources: {
      set: [...namespacesOf(subscription)].flatMap((name) => toldOf(scene, subscription, name)),
      removed: [],
    },
    instances: { set: services.flatMap((service) => scene.instances.of(service)), removed: [] },
    addresses: toldSince(subscription, -1),
  };
}

/**
 * What an agent that has revision `since` must learn to be where the scene is. `changes`: all changes after `since`, in
 * any order, repeated or not, further ones do no harm.
 */
export function deltaUpdate(
  scene: Scene,
  subscription: Subscription,
  changes: Iterable<Change>,
  since: number,
): Update {
  const resources = new Map<string, Resource | undefined>();
  const instances = new Map<string, Instance | undefined>();
  const namespaces = namespacesOf(subscription);
  for (const change of changes) {
    if (change.type === 'resource') {
      if (namespaces.has(change.namespace) && isTold(subscription, change.key))
        resources.set(change.key, scene.resources.get(change.key));
    } else if (subscription.services.has(change.service)) {
      instances.set(change.id, followed(scene.instances.get(change.id), subscription));
    }
  }
  for (const [service, revision] of subscription.services) {
    if (revision <= since) continue;
    for (const instance of scene.instances.of(service)) instances.set(instance.id, instance);
    for (const resource of toldOf(scene, subscription, namespaceOfService(service))) {
      resources.set(resourceKey(resource), resource);
    }
  }
  return {
    ...head(scene, subscription),
    full: false,
    resources: parted(resources),
    instances: parted(instances),
    addresses: toldSince(subscription, since),
  };
}

/** The first update of a stream: a delta where what the agent has is known and recent, else everything. */
export function firstUpdate(scene: Scene, subscription: Subscription, journal: Journal, had: Had | null): Update {
  const changes = had?.epoch === scene.epoch ? journal.since(had.revision) : null;
  return had && changes ? deltaUpdate(scene, subscription, changes, had.revision) : fullUpdate(scene, subscription);
}

/** Whether an update says nothing but its revision. */
export function isEmptyUpdate(update: Update): boolean {
  return (
    !update.full &&
    update.resources.set.length + update.resources.removed.length === 0 &&
    update.instances.set.length + update.instances.removed.length === 0 &&
    Object.keys(update.addresses).length === 0
  );
}

function head(scene: Scene, subscription: Subscription) {
  return {
    version: WIRE_VERSION,
    epoch: scene.epoch,
    revision: scene.revision,
    namespace: subscription.namespace,
  } as const;
}

/** Kinds that speak of a service, and so hold for its callers in other namespaces too. */
const ABROAD: ReadonlySet<string> = new Set(['Service', 'Route', 'Policy'] satisfies Kind[]);

/** The agent's own namespace, and those of the services that it follows. */
function namespacesOf({ namespace, services }: Subscription): Set<string> {
  return new Set([namespace, ...[...services.keys()].map(namespaceOfService)]);
}

/** Whether an agent is told of a resource of one of its namespaces, by the resource's key. */
function isTold(subscription: Subscription, key: string): boolean {
  const [namespace, kind = ''] = key.split('/');
  return namespace === subscription.namespace || ABROAD.has(kind);
}

/** The resources of one of its namespaces that an agent is told of. */
function toldOf(scene: Scene, subscription: Subscription, namespace: string): Resource[] {
  return scene.resources.of(namespace).filter((resource) => isTold(subscription, resourceKey(resource)));
}

/** An instance that moved to a service that the agent does not follow is, for it, not there. */
function followed(instance: Instance | undefined, subscription: Subscription): Instance | undefined {
  return instance && subscription.services.has(instance.service) ? instance : undefined;
}

function toldSince(subscription: Subscription, since: number): Record<string, string | null> {
  const addresses: Record<string, string | null> = {};
  for (const [address, told] of subscription.addresses) {
    if (told.revision > since) addresses[address] = told.service;
  }
  return addresses;
}

function parted<T>(present: ReadonlyMap<string, T | undefined>): { set: T[]; removed: string[] } {
  const set: T[] = [];
  const removed: string[] = [];
  for (const [key, value] of present) {
    if (value === undefined) removed.push(key);
    else set.push(value);
  }
  return { set, removed };
}
