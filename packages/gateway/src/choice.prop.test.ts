import { compileRules, inboundLane, writtenView } from '@fairway/core';
import { API_VERSION, type Condition, type EntryRule, type Resource, type WrittenRequest } from '@fairway/model';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bed, lane, makeBed } from './testing/bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed.close());

const text = fc.constantFrom('a', 'b', 'ab', 'a b', 'a"$;', '1');
const operators = fc.oneof(
  text.map((exact) => ({ exact })),
  fc.uniqueArray(text, { minLength: 1, maxLength: 3 }).map((list) => ({ in: list })),
  text.map((prefix) => ({ prefix })),
  fc.record({ suffix: text, not: text.map((exact) => ({ exact })) }),
  fc.boolean().map((exists) => ({ exists })),
);
const leaf: fc.Arbitrary<Condition> = fc
  .tuple(fc.constantFrom('header', 'cookie', 'query'), fc.constantFrom('x-a', 'b'), operators)
  .map(([source, name, one]) => ({ [source]: name, ...one }));
const condition: fc.Arbitrary<Condition> = fc.letrec<{ node: Condition }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('node'), { maxLength: 3 }).map((any) => ({ any })),
    tie('node').map((not) => ({ not })),
  ),
})).node;

const sticky = fc.constantFrom({ header: 'x-a' }, { cookie: 'b' }, { query: 'b' }, 'clientIp' as const);
/** Percentages stick to something: what is drawn cannot be compared. */
const rule: fc.Arbitrary<EntryRule> = fc
  .record(
    {
      priority: fc.constantFrom(1, 2),
      match: condition,
      stickyBy: sticky,
      percent: fc.integer({ min: 0, max: 10_000 }).map((points) => points / 100),
    },
    { requiredKeys: [] },
  )
  .map((one) => ({
    services: ['public'],
    ...one,
    ...(one.percent === undefined ? {} : { stickyBy: one.stickyBy ?? 'clientIp' }),
  }));

const lanes = fc
  .uniqueArray(fc.constantFrom('gray', 'blue', 'dev', 'test'), { minLength: 1 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.record({ enabled: fc.boolean(), entry: fc.array(rule, { maxLength: 3 }) }).map((spec) => lane(name, spec)),
      ),
    ),
  );

const request: fc.Arbitrary<WrittenRequest> = fc
  .record({
    header: fc.option(text),
    cookie: fc.option(text),
    query: fc.option(text),
    label: fc.option(fc.constantFrom('gray', 'dev', 'GRAY', 'new')),
  })
  .map(({ header, cookie, query, label }) => ({
    url: query === null ? '/' : `/?b=${encodeURIComponent(query)}&x-a=1`,
    headers: {
      ...(header === null ? {} : { 'x-a': header }),
      ...(cookie === null || cookie.includes(';') ? {} : { cookie: `x-a=2; b=${cookie}` }),
      ...(label === null ? {} : { 'x-fairway-lane': label }),
    },
  }));

function chosenByCore(resources: readonly Resource[], edge: boolean, written: WrittenRequest): string {
  const service: Resource = {
    apiVersion: API_VERSION,
    kind: 'Service',
    metadata: { name: 'public', namespace: 'shop' },
    spec: { edge },
  };
  const view = writtenView({ ...written, clientIp: '127.0.0.1' });
  return inboundLane(compileRules('shop', [...resources, service]), { service: 'shop/public', lane: '' }, view, () => 0)
    .lane;
}

it('for any rules and any request NGINX gives the lane that core gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      lanes,
      fc.boolean(),
      fc.array(request, { minLength: 15, maxLength: 15 }),
      async (resources, edge, requests) => {
        await bed.apply(resources, { edge });
        const told = await Promise.all(requests.map((one) => bed.send(one)));
        expect(told.map(({ headers }) => headers['x-fairway-lane'] ?? '')).toEqual(
          requests.map((one) => chosenByCore(resources, edge, one)),
        );
      },
    ),
    { numRuns: 30, interruptAfterTimeLimit: 20_000 },
  );
});
