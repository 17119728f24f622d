import type { Flame } from '@fairway/client';
import { describe, expect, it } from 'vitest';
import { flameBars, ownerOf } from './flame-layout.ts';

const flame = (name: string, totalMs: number, ...children: Flame[]): Flame => ({
  name,
  at: '',
  totalMs,
  selfMs: 0,
  children,
});

describe('the bars of a flame graph', () => {
  it('are as wide as they took of the time in which something ran', () => {
    const root = flame('(root)', 110, flame('(idle)', 10), flame('a', 75, flame('b', 50)), flame('c', 25));
    expect(flameBars(root).map(({ flame: { name }, depth, left, width }) => [name, depth, left, width])).toEqual([
      ['(root)', 0, 0, 1],
      ['a', 1, 0, 0.75],
      ['b', 2, 0, 0.5],
      ['c', 1, 0.75, 0.25],
    ]);
  });

  it('are none where nothing ran, or too short a time to be seen', () => {
    expect(flameBars(flame('(root)', 10, flame('(idle)', 10)))).toEqual([]);
    expect(flameBars(flame('(root)', 1000, flame('a', 1)))).toHaveLength(1);
  });

  it('tell whose code it is', () => {
    const owners = ['', 'node:net:1', '/app/node_modules/koa/index.js:3', '/app/main.js:4'].map((at) =>
      ownerOf({ at }),
    );
    expect(owners).toEqual(['runtime', 'runtime', 'dependency', 'application']);
  });
});
