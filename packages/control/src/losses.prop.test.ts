import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CountRecord, type LossRecord, losses, merged, type TransitionRecord } from './losses.ts';

const head = {
  atMs: fc.integer({ min: 0, max: 1_000_000 }),
  service: fc.constantFrom('shop/order', 'shop/stock'),
  instance: fc.constantFrom('i1', 'i2', 'i3'),
  release: fc.constantFrom('', 'v1', 'v2'),
};
const count = fc.nat({ max: 20 });
const transition: fc.Arbitrary<TransitionRecord> = fc.record({
  ...head,
  type: fc.constant('transition' as const),
  by: fc.constantFrom(null, 'i1', 'i2'),
  what: fc.constantFrom('starting' as const, 'ready', 'draining', 'quiet', 'gone', 'suspect', 'ejected', 'returned'),
});
const counted: fc.Arbitrary<CountRecord> = fc.record({
  ...head,
  type: fc.constant('count' as const),
  caller: fc.constantFrom('web-1', 'web-2'),
  callerService: fc.constant('shop/web'),
  phase: fc.constantFrom('warming' as const, 'ready', 'draining', 'gone', 'suspect', 'ejected'),
  requests: count,
  failed: fc.dictionary(fc.constantFrom('refused', 'reset', 'status:503'), count),
  saved: count,
});
const records = fc.array<LossRecord>(fc.oneof(transition, counted), { maxLength: 40 });

const total = (all: readonly { requests: number; failed: number; saved: number }[]) => ({
  requests: all.reduce((sum, one) => sum + one.requests, 0),
  failed: all.reduce((sum, one) => sum + one.failed, 0),
  saved: all.reduce((sum, one) => sum + one.saved, 0),
});
const flat = ({ requests, failed, saved }: CountRecord) => ({
  requests,
  saved,
  failed: Object.values(failed).reduce((sum, one) => sum + one, 0),
});
const countsOf = (all: readonly LossRecord[]) => all.filter((record) => record.type === 'count');

it('sums agree: of instances, of failures, of rollouts, and of what came', () => {
  fc.assert(
    fc.property(records, (all) => {
      const { rollouts, outside } = losses(all);
      expect(total([...rollouts, outside])).toEqual(total(countsOf(all).map(flat)));
      for (const rollout of rollouts) {
        expect(total(rollout.instances)).toEqual(total([rollout]));
        expect(rollout.lost).toBe(rollout.instances.reduce((sum, { lost }) => sum + lost, 0));
        for (const { failures, failed, lost } of rollout.instances) {
          expect(failures.reduce((sum, one) => sum + one.count, 0)).toBe(failed);
          expect(lost).toBeGreaterThanOrEqual(failed);
        }
      }
    }),
  );
});

it('each transition is in one rollout, and rollouts of a service are a minute apart', () => {
  fc.assert(
    fc.property(records, (all) => {
      const { rollouts } = losses(all);
      const shown = rollouts.flatMap(({ instances }) => instances.flatMap(({ transitions }) => transitions));
      expect(shown).toHaveLength(all.length - countsOf(all).length);
      for (const { service, from, to, instances } of rollouts) {
        const later = rollouts.filter((one) => one.service === service && one.from > from);
        for (const one of later) expect(Date.parse(one.from) - Date.parse(to)).toBeGreaterThanOrEqual(60_000);
        for (const { at } of instances.flatMap(({ transitions }) => transitions)) {
          expect(at >= from && at <= to).toBe(true);
        }
      }
    }),
  );
});

it('the order of the records does not matter', () => {
  fc.assert(
    fc.property(
      records.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => {
        expect(losses(shuffled)).toEqual(losses(all));
      },
    ),
  );
});

it('counts that were merged say what they said apart', () => {
  fc.assert(
    fc.property(counted, counted, (a, b) => {
      expect(total([flat(merged(a, b))])).toEqual(total([flat(a), flat(b)]));
    }),
  );
});
