import type { HopNode } from '@fairway/model';
import { expect, it } from 'vitest';
import { waterfallRows } from './waterfall.ts';

const hop = (id: string, instance: string, afterMs: number, tookMs: number, ...children: HopNode[]) =>
  ({ id, instance, afterMs, tookMs, children }) as unknown as HopNode;

it('a waterfall has each hop under what led to it, and trusts no clock but those of single processes', () => {
  const served = hop('served', 'order-1', -400, 40, hop('onward', 'order-1', -390, 20));
  const roots = [hop('web', 'web-1', 10, 100, hop('call', 'web-1', 30, 60, served)), hop('late', 'web-2', 60, 25)];
  const rows = waterfallRows({ roots });
  expect(rows.map(({ hop: { id }, depth, left, width }) => [id, depth, left, width])).toEqual([
    ['web', 0, 0, 1],
    ['call', 1, 0.2, 0.6],
    ['served', 2, 0.3, 0.4],
    ['onward', 3, 0.4, 0.2],
    ['late', 0, 0.5, 0.25],
  ]);
});
