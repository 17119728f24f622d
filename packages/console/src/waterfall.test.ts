import type { HopNode } from '@fairway/model';
import { expect, it } from 'vitest';
import { waterfallRows } from './waterfall.ts';

const hop = (id: string, afterMs: number, tookMs: number, ...children: HopNode[]) =>
  ({ id, afterMs, tookMs, children }) as unknown as HopNode;

it('a waterfall has each hop under what led to it, within the time of the whole', () => {
  const rows = waterfallRows({
    roots: [hop('a', 0, 100, hop('b', 25, 50, hop('c', 90, 20))), hop('d', -5, 10)],
    tookMs: 100,
  });
  expect(rows.map(({ hop: { id }, depth, left, width }) => [id, depth, left, width])).toEqual([
    ['a', 0, 0, 1],
    ['b', 1, 0.25, 0.5],
    ['c', 2, 0.9, expect.closeTo(0.1)],
    ['d', 0, 0, 0.1],
  ]);
});
