import { type Change, deltaUpdate, InstanceIndex, ResourceSet, type Scene, type Subscription } from '@fairway/control';
import { type Instance, namespaceOfService, type Resource, type Update } from '@fairway/model';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Sheaf } from './sheaf.ts';

const services = fc.uniqueArray(fc.constantFrom('shop/a', 'shop/b', 'bank/c', 'bank/d'), { maxLength: 4 });
const namespace = fc.constantFrom('shop', 'bank', 'other');
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    type: fc.constant('instance' as const),
    id: fc.constantFrom('i1', 'i2', 'i3', 'i4'),
    service: fc.constantFrom('shop/a', 'shop/b', 'bank/c', 'bank/d'),
  }),
  fc
    .record({ namespace, kind: fc.constantFrom('Lane', 'Route'), name: fc.constantFrom('x', 'y') })
    .map(({ namespace, kind, name }) => ({
      type: 'resource' as const,
      namespace,
      key: `${namespace}/${kind}/${name}`,
    })),
);

/** Some of what changes speak of is there, some is gone. */
const PRESENT: Readonly<Record<string, string>> = { i1: 'shop/a', i2: 'shop/b', i3: 'bank/c' };

/** An instance that moved is a change of both services. */
function withMoves(changes: readonly Change[]): Change[] {
  return changes.flatMap((change) => {
    const now = change.type === 'instance' ? PRESENT[change.id] : undefined;
    return change.type === 'instance' && now !== undefined ? [change, { ...change, service: now }] : [change];
  });
}

function scene(): Scene {
  const instances = new InstanceIndex();
  const resources = new ResourceSet();
  for (const [id, service] of Object.entries(PRESENT)) {
    instances.set({ id, service, host: '10.0.0.1', ports: [80], state: 'ready' } satisfies Instance);
  }
  for (const namespace of ['shop', 'bank']) {
    resources.set({ kind: 'Route', metadata: { name: 'x', namespace }, spec: {} } as unknown as Resource);
  }
  return { epoch: 'e', revision: 9, resources, instances };
}

function ordered(update: Update): Update {
  const sorted = <T>({ set, removed }: { set: T[]; removed: string[] }) => ({
    set: set.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
    removed: removed.toSorted(),
  });
  return { ...update, resources: sorted(update.resources), instances: sorted(update.instances) };
}

it('an update made for all with the same key is the one that each would have been made alone', () => {
  const reader = fc.record({ namespace, services });
  const journal = fc.array(change, { maxLength: 12 }).map(withMoves);
  fc.assert(
    fc.property(journal, fc.array(reader, { maxLength: 8 }), (changes, readers) => {
      const sheaf = new Sheaf(changes);
      const made = new Map<string, Update>();
      for (const { namespace, services } of readers) {
        const subscription: Subscription = {
          namespace,
          addresses: new Map(),
          services: new Map(services.map((service) => [service, 1])),
        };
        const part = sheaf.partOf(services, new Set([namespace, ...services.map(namespaceOfService)]));
        const key = `${namespace} ${part.key}`;
        const shared = made.get(key) ?? deltaUpdate(scene(), subscription, part.changes(), 5);
        made.set(key, shared);
        expect(ordered(shared)).toEqual(ordered(deltaUpdate(scene(), subscription, changes, 5)));
      }
    }),
  );
});
