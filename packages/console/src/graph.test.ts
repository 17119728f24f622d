import { describe, expect, it } from 'vitest';
import { placed } from './graph.ts';

describe('places of services', () => {
  it('are to the right of all that call them', () => {
    const edges = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'a', to: 'c' },
    ];
    const { spots, columns, rows } = placed(['c', 'b', 'a'], edges);
    expect(Object.fromEntries(spots)).toEqual({
      a: { column: 0, row: 0 },
      b: { column: 1, row: 0 },
      c: { column: 2, row: 0 },
    });
    expect([columns, rows]).toEqual([3, 1]);
  });

  it('are found for what calls in circles, and for callers that are not shown', () => {
    const edges = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
      { from: 'elsewhere', to: 'a' },
    ];
    expect(placed(['a', 'b'], edges).spots.size).toBe(2);
  });
});
