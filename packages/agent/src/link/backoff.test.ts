import { expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';

it.each([
  [0, [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]],
  [1, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]],
])('doubles up to ten seconds, at a roll of %d', (roll, waits) => {
  const backoff = createBackoff(() => roll);
  expect(waits.map(() => backoff.nextMs())).toEqual(waits);
  backoff.reset();
  expect(backoff.nextMs()).toBe(waits[0]);
});
