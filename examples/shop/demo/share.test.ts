import { expect, test } from 'vitest';
import { compareShare } from './share.ts';

test('the 95 % interval of 10 % over 10,000 requests', () => {
  const { low, high } = compareShare({ gray: 1000, of: 10_000 }, 0.1);
  expect(low).toBeCloseTo(0.09412, 5);
  expect(high).toBeCloseTo(0.10588, 5);
});

test.each([
  [1000, true],
  [1060, true],
  [1116, true],
  [1117, false],
  [883, false],
  [0, false],
])('%d gray of 10,000 at 10 %%: plausible %s', (gray, plausible) => {
  expect(compareShare({ gray, of: 10_000 }, 0.1).plausible).toBe(plausible);
});

test('no request is no proof', () => {
  expect(compareShare({ gray: 0, of: 0 }, 0.1).plausible).toBe(false);
});
