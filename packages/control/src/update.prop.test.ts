import type { Instance, Resource, Update } from '@fairway/model';
import { resourceKey } from '@fairway/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from './change.ts';
import { InstanceIndex } from './instance-index.ts';
import { Journal } from './journal.ts';
import { ResourceSet } from './resource-set.ts';
import { answered, emptySubscription, type Subscription } from './subscription.ts';
import { deltaUpdate, firstUpdate, fullUpdate, type Scene } from './update.ts';

/** What an agent makes of updates. */
class Agent {
  revision = 0;
  readonly resources = new Map<string, Resource>();
  readonly instances = new Map<string, Instance>();
  readonly addresses = new Map<string, string | null>();

  apply(update: Update): this {
    if (update.full) for (const known of [this.resources, this.instances, this.addresses]) known.clear();
    for (const resource of update.resources.set) this.resources.set(resourceKey(resource), resource);
    for (const key of update.resources.removed) this.resources.delete(key);
    for (const instance of update.instances.set) this.instances.set(instance.id, instance);
    for (const id of update.instances.removed) this.instances.delete(id);
    for (const [address, service] of Object.entries(update.addresses)) this.addresses.set(address, service);
    this.revision = update.revision;
    return this;
  }

  knows() {
    return { resources: this.resources, instances: this.instances, addresses: this.addresses };
  }
}

class World {
  readonly resources = new ResourceSet();
  readonly instances = new InstanceIndex();
  readonly journal: Journal;
  subscription: Subscription = emptySubscription('shop');

  constructor(capacity: number) {
    this.journal = new Journal(capacity, 1);
  }

  scene(): Scene {
    return { epoch: 'e', revision: this.journal.revision, resources: this.resources, instances: this.instances };
  }

  run(step: Step): void {
    if (step.do === 'follow') {
      const revision = this.journal.append([]);
      this.subscription = answered(this.subscription, new Map([[step.address, step.service]]), revision);
    } else this.journal.append(this.#change(step));
  }

  #change(step: Exclude<Step, { do: 'follow' }>): Change[] {
    if (step.do === 'resource') {
      const resource = made(step.kind, step.namespace, step.name, step.flag);
      return [step.present ? this.resources.set(resource) : this.resources.remove(resourceKey(resource))];
    }
    const before = this.instances.get(step.id);
    if (step.present) this.instances.set(instance(step.id, step.service, step.weight));
    else this.instances.remove(step.id);
    const services = new Set([before?.service, step.present ? step.service : undefined]);
    return [...services]
      .filter((service) => service !== undefined)
      .map((service) => ({ type: 'instance', id: step.id, service }));
  }
}

function made(kind: 'Lane' | 'Service', namespace: string, name: string, flag: boolean): Resource {
  const head = { apiVersion: 'fairway.dev/v1', metadata: { name, namespace } } as const;
  return kind === 'Lane' ? { ...head, kind, spec: { strict: flag } } : { ...head, kind, spec: { edge: flag } };
}

function instance(id: string, service: string, weight: number): Instance {
  return { id, service, host: '10.0.0.1', ports: [80], state: 'ready', weight };
}

const service = fc.constantFrom('shop/a', 'shop/b', 'bank/c');
const step = fc.oneof(
  fc.record({
    do: fc.constant('resource' as const),
    kind: fc.constantFrom('Lane' as const, 'Service' as const),
    namespace: fc.constantFrom('shop', 'bank'),
    name: fc.constantFrom('x', 'y'),
    flag: fc.boolean(),
    present: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('instance' as const),
    id: fc.constantFrom('i1', 'i2', 'i3'),
    service,
    weight: fc.nat(3),
    present: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('follow' as const),
    address: fc.constantFrom('a:80', 'b:80', 'c:80'),
    service: fc.option(service),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const steps = fc.array(step, { maxLength: 40 });

function fromFull(world: World) {
  return new Agent().apply(fullUpdate(world.scene(), world.subscription)).knows();
}

describe('updates', () => {
  it('as deltas, sent now and then and sometimes lost, come to the same as everything at once', () => {
    const journey = fc.array(fc.tuple(step, fc.constantFrom('nothing', 'send', 'lose')), { maxLength: 40 });
    fc.assert(
      fc.property(journey, fc.integer({ min: 1, max: 12 }), (journey, capacity) => {
        const world = new World(capacity);
        const agent = new Agent().apply(fullUpdate(world.scene(), world.subscription));
        for (const [step, then] of journey) {
          world.run(step);
          const had = { epoch: 'e', revision: agent.revision };
          const update = firstUpdate(world.scene(), world.subscription, world.journal, had);
          if (then === 'send') expect(agent.apply(update).knows()).toEqual(fromFull(world));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('may be applied twice', () => {
    fc.assert(
      fc.property(steps, steps, (early, late) => {
        const world = new World(100);
        for (const step of early) world.run(step);
        const agent = new Agent().apply(fullUpdate(world.scene(), world.subscription));
        for (const step of late) world.run(step);
        const changes = world.journal.since(agent.revision) ?? [];
        const update = deltaUpdate(world.scene(), world.subscription, changes, agent.revision);
        expect(agent.apply(update).apply(update).knows()).toEqual(fromFull(world));
      }),
    );
  });

  it('do not depend on the order of changes, on repetition, or on older ones among them', () => {
    fc.assert(
      fc.property(steps, steps, fc.infiniteStream(fc.nat()), (early, late, dice) => {
        const world = new World(100);
        for (const step of early) world.run(step);
        const agent = new Agent().apply(fullUpdate(world.scene(), world.subscription));
        for (const step of late) world.run(step);
        const changes = [...(world.journal.since(1) ?? []), ...(world.journal.since(agent.revision) ?? [])];
        const mixed = changes.map((change) => ({ change, at: dice.next().value })).sort((a, b) => a.at - b.at);
        const update = deltaUpdate(
          world.scene(),
          world.subscription,
          mixed.map(({ change }) => change),
          agent.revision,
        );
        expect(agent.apply(update).knows()).toEqual(fromFull(world));
      }),
    );
  });

  it('start over for another epoch, an unknown revision, or none', () => {
    const world = new World(100);
    world.run({ do: 'resource', namespace: 'shop', name: 'x', kind: 'Lane', flag: true, present: true });
    const first = (had: { epoch: string; revision: number } | null) =>
      firstUpdate(world.scene(), world.subscription, world.journal, had).full;
    expect(first({ epoch: 'e', revision: 1 })).toBe(false);
    expect(first({ epoch: 'other', revision: 1 })).toBe(true);
    expect(first({ epoch: 'e', revision: 99 })).toBe(true);
    expect(first(null)).toBe(true);
  });
});
