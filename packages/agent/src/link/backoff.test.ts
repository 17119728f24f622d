import { expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';

it.each([
  [0, [50, 100, 200, 400, 800, 1600, 2500, 2500]],
  [1, [100, 200, 400, 800, 1600, 3200, 5000, 5000]],
])('doubles up to five seconds, at a roll of %d', (roll, waits) => {
  const backoff = createBackoff(() => roll);
  expect(waits.map(() => backoff.nextMs())).toEqual(waits);
  backoff.reset();
  expect(backoff.nextMs()).toBe(waits[0]);
});
