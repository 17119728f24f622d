import type { CpuProfile } from '@fairway/model';
import { expect, it } from 'vitest';
import { busiest, flameOf } from './flame.ts';

function node(id: number, functionName: string, children: number[] = []): CpuProfile['nodes'][number] {
  const url = functionName.startsWith('(') ? '' : `file:///app/${functionName}.js`;
  return { id, callFrame: { functionName, scriptId: '1', url, lineNumber: 4, columnNumber: 0 }, children };
}

/** handle calls parse directly, and twice through two nodes of one function. */
const PROFILE: CpuProfile = {
  nodes: [
    node(1, '(root)', [2, 3]),
    node(2, '(idle)'),
    node(3, 'handle', [4, 5, 6]),
    node(4, 'parse'),
    node(5, 'parse'),
    node(6, 'render', [7]),
    node(7, 'parse'),
  ],
  startTime: 1_000_000,
  endTime: 1_020_000,
  samples: [2, 4, 5, 6, 7, 3],
  timeDeltas: [0, 10_000, 2_000, 3_000, 1_000, 2_000],
};

it('merges calls of one function by the same callers, and sums up what was called', () => {
  const root = flameOf(PROFILE);
  expect(root).toMatchObject({ name: '(root)', totalMs: 20, selfMs: 0 });
  expect(root.children.map(({ name, totalMs }) => [name, totalMs])).toEqual([
    ['(idle)', 10],
    ['handle', 10],
  ]);
  const [, handle] = root.children;
  expect(handle).toMatchObject({ at: '/app/handle.js:5', selfMs: 2 });
  expect(handle?.children.map(({ name, totalMs, selfMs }) => [name, totalMs, selfMs])).toEqual([
    ['parse', 5, 5],
    ['render', 3, 1],
  ]);
});

it('names the functions that took most time themselves, whoever called them, without the time in which nothing ran', () => {
  expect(busiest(PROFILE, 2)).toEqual([
    { name: 'parse', at: '/app/parse.js:5', selfMs: 7, share: 0.7 },
    { name: 'handle', at: '/app/handle.js:5', selfMs: 2, share: 0.2 },
  ]);
});

it('makes nothing of a profile of nothing', () => {
  expect(flameOf({ ...PROFILE, nodes: [], samples: [], timeDeltas: [] }).totalMs).toBe(0);
  expect(busiest({ ...PROFILE, samples: [], timeDeltas: [] }, 3)).toEqual([]);
});
