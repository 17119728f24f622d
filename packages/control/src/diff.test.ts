import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diff } from './diff.ts';

describe('diff', () => {
  it.each([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1 }, { a: 2 }, [{ path: 'a', before: 1, after: 2 }]],
    [{}, { a: { b: 1 } }, [{ path: 'a', before: null, after: { b: 1 } }]],
    [
      { a: [1, 2] },
      { a: [1, 3, 4] },
      [
        { path: 'a[1]', before: 2, after: 3 },
        { path: 'a[2]', before: null, after: 4 },
      ],
    ],
    [null, { a: 1 }, [{ path: '', before: null, after: { a: 1 } }]],
    [{ a: [] }, { a: {} }, [{ path: 'a', before: [], after: {} }]],
    [{ l: { 'a.b/c': 'x' } }, { l: { 'a.b/c': 'y' } }, [{ path: 'l["a.b/c"]', before: 'x', after: 'y' }]],
    [JSON.parse('{"__proto__":{"x":1}}'), {}, [{ path: '__proto__', before: { x: 1 }, after: null }]],
  ])('of %j and %j', (before, after, expected) => {
    expect(diff(before, after)).toEqual(expected);
  });

  it('is empty exactly for equal values', () => {
    const value = fc.jsonValue({ maxDepth: 3 }).filter((json) => !JSON.stringify(json).includes('null'));
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(diff(a, structuredClone(a))).toEqual([]);
        expect(diff(a, b).length === 0).toBe(canonical(a) === canonical(b));
      }),
    );
  });
});

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? ['object', ...Object.entries(inner).sort(byKey)]
      : inner,
  );
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
