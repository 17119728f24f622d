import { expect, it } from 'vitest';
import { compileTraces } from './trace-rate.ts';

it.each([
  ['nothing is said', undefined, undefined],
  ['of none', { percent: 0, lanes: { gray: 0 } }, undefined],
  ['of one in a hundred', { percent: 1 }, { '': 100, gray: 100 }],
  ['of a lane alone', { lanes: { gray: 100 } }, { '': 0, gray: 10_000 }],
  [
    'of a lane less than of others, of base more',
    { percent: 5, lanes: { gray: 0.25, base: 50 } },
    { '': 5_000, gray: 25, blue: 500 },
  ],
])('%s', (_, spec, expected) => {
  const rate = compileTraces(spec);
  const points = rate && Object.fromEntries(Object.keys(expected ?? {}).map((lane) => [lane, rate.pointsOf(lane)]));
  expect(points).toEqual(expected);
});
