import type { Instance, Resource, Update } from '@fairway/model';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { updateEvent } from './update-event.ts';

const text = fc.string({ unit: 'grapheme' });
const resource = fc
  .record({ name: text, note: text })
  .map(
    ({ name, note }) => ({ kind: 'Lane', metadata: { name, annotations: { note } }, spec: {} }) as unknown as Resource,
  );
const instance = fc
  .record({ id: text, weight: fc.nat() })
  .map(
    ({ id, weight }) => ({ id, service: 'shop/order', host: '::1', ports: [1], state: 'ready', weight }) as Instance,
  );
const updates = fc.record({
  version: fc.constant(1 as const),
  epoch: fc.uuid(),
  revision: fc.nat(),
  full: fc.boolean(),
  namespace: text,
  resources: fc.record({ set: fc.array(resource), removed: fc.array(text) }),
  instances: fc.record({ set: fc.array(instance), removed: fc.array(text) }),
  addresses: fc.dictionary(text, fc.option(text)),
}) satisfies fc.Arbitrary<Update>;

it('an event says what the update says, made the first time or from what was made before', () => {
  fc.assert(
    fc.property(updates, fc.nat(), fc.array(fc.nat()), (update, later, ages) => {
      const ageOf = (id: string) => ages.at(id.length % (ages.length + 1));
      const set = update.instances.set.map((one) => {
        const readyForMs = ageOf(one.id);
        return readyForMs === undefined ? one : { ...one, readyForMs };
      });
      const told = { ...update, instances: { ...update.instances, set } };
      for (const revision of [update.revision, later]) {
        const [event, id, data, ...end] = updateEvent({ ...update, revision }, 0, ageOf).split('\n');
        expect([event, id, ...end]).toEqual(['event: update', `id: ${update.epoch}.${revision}`, '', '']);
        expect(JSON.parse((data as string).slice('data: '.length))).toEqual({ ...told, revision });
      }
    }),
  );
});
