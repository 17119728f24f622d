import { expect, test } from 'vitest';
import { type Intent, SHAPES } from './intent.ts';
import type { Outcome } from './load.ts';
import { count, newTally } from './tally.ts';

const checkout: Intent = { id: 'r', page: 'checkout' };

function outcome(releases: string, intent = checkout, startedMs = 0, endedMs = 1): Outcome {
  const { services } = SHAPES[intent.page];
  const trail = releases.split(' ').map((release, at) => ({ service: services[at] as string, release, id: intent.id }));
  return { intent, startedMs, endedMs, result: { reply: { trail } } };
}

test('the share counts gray requests among those that named no environment', () => {
  const tally = newTally();
  count(tally, outcome('base base base base base'));
  count(tally, outcome('gray gray base gray base'));
  count(tally, outcome('dev-1 dev-1 dev-1 dev-1 dev-1', { ...checkout, env: 'dev-1' }));
  expect(tally).toMatchObject({ requests: 3, plain: 2, gray: 1, failed: 0, violations: 0 });
});

test('a failed request is neither a violation nor part of the share', () => {
  const tally = newTally();
  const result = { error: new Error('checkout: 502 no') };
  expect(count(tally, { intent: checkout, startedMs: 0, endedMs: 1, result })).toBeNull();
  expect(tally).toMatchObject({ requests: 1, failed: 1, violations: 0, plain: 0 });
  expect(tally.examples).toEqual(['r failed: checkout: 502 no']);
});

test.each([
  [0, 9, 1],
  [5, 15, 0],
  [12, 14, 0],
  [18, 30, 0],
  [21, 30, 1],
])(
  'a request from %d to %d that leaves the canary, which is switched from 10 to 20: %d violations',
  (from, to, violations) => {
    const tally = newTally();
    count(tally, outcome('gray gray base base base', checkout, from, to), [{ startMs: 10, endMs: 20 }]);
    expect(tally).toMatchObject({ violations, rolledBack: 1 - violations });
  },
);

test('a switch that has not ended yet counts from its start', () => {
  const tally = newTally();
  const switchings = [{ startMs: 10, endMs: Number.POSITIVE_INFINITY }];
  count(tally, outcome('gray gray base base base', checkout, 11, 12), switchings);
  expect(tally).toMatchObject({ violations: 0, rolledBack: 1 });
});

test('examples are bounded', () => {
  const tally = newTally();
  for (let n = 0; n < 100; n += 1) count(tally, outcome('base gray gray gray gray'));
  expect(tally.violations).toBe(100);
  expect(tally.examples).toHaveLength(10);
});
