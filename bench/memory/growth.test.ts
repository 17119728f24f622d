import { expect, it } from 'vitest';
import { growth, type Point } from './growth.ts';

function points(heapBytes: (requests: number) => number): Point[] {
  return Array.from({ length: 20 }, (_, i) => {
    const requests = (i + 1) * 50_000;
    return { requests, heapBytes: heapBytes(requests), rssBytes: 1 };
  });
}

it('tells the slope of the second half, for 100,000 requests', () => {
  const steady = points((requests) => 1_000_000 + requests * 0.5);
  expect(growth(steady, 'heapBytes')).toEqual({ p25: 50_000, p50: 50_000, p75: 50_000 });
  expect(growth(steady, 'rssBytes')).toEqual({ p25: 0, p50: 0, p75: 0 });
});

it('does not count what only the first half added', () => {
  const warmed = points((requests) => Math.min(requests, 500_000) * 8);
  expect(growth(warmed, 'heapBytes').p50).toBe(0);
});

it('is not moved by one point that stands out', () => {
  const odd = points((requests) => (requests === 900_000 ? 9e9 : 5e6));
  expect(growth(odd, 'heapBytes')).toEqual({ p25: 0, p50: 0, p75: 0 });
});
