import { expect, it } from 'vitest';
import { warmupPath } from './warm-up-path.ts';

it('begins at the floor, follows the curve, and ends at the whole weight', () => {
  const path = warmupPath({ durationMs: 60_000, curve: 2, floor: 0.1 }, 24, 100);
  const points = path.slice(1).split('L');
  expect(points).toHaveLength(25);
  expect(points[0]).toBe('0.0,90.0');
  expect(points[12]).toBe('12.0,75.0');
  expect(points[24]).toBe('24.0,0.0');
});
