import type { CpuProfile } from '@fairway/model';
import { expect, it } from 'vitest';
import { stallsOf } from './stalls.ts';

function node(id: number, functionName: string, children: number[] = []): CpuProfile['nodes'][number] {
  const callFrame = { functionName, scriptId: '1', url: 'file:///app/a.js', lineNumber: id, columnNumber: 0 };
  return { id, callFrame, children };
}

/** One sample each 10 ms: idle for 50 ms, then `parse` below `handle` for 60 ms, `render` for 30 ms. */
const PROFILE: CpuProfile = {
  nodes: [node(1, '(root)', [2, 3]), node(2, '(idle)'), node(3, 'handle', [4, 5]), node(4, 'parse'), node(5, 'render')],
  startTime: 0,
  endTime: 140_000,
  samples: [2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 5, 5, 5],
  timeDeltas: [0, ...Array<number>(13).fill(10_000)],
};

it('says what ran most while the event loop did not turn, the innermost function first', () => {
  const { count, totalMs, longest } = stallsOf([{ fromMs: 48, toMs: 139.96 }], PROFILE, 140);
  expect({ count, totalMs }).toEqual({ count: 1, totalMs: 92 });
  expect(longest).toMatchObject([{ atMs: 48, tookMs: 92 }]);
  expect(longest[0]?.stacks.map(({ share, frames }) => [share, frames.map(({ name }) => name)])).toEqual([
    [0.667, ['parse', 'handle']],
    [0.333, ['render', 'handle']],
  ]);
  expect(longest[0]?.stacks[0]?.frames[0]).toEqual({ name: 'parse', file: '/app/a.js', line: 5 });
});

it('tells the longest twenty, in the order of time, and counts all', () => {
  const spans = Array.from({ length: 30 }, (_, i) => ({ fromMs: i * 100, toMs: i * 100 + 50 + i }));
  const { count, longest } = stallsOf(spans, PROFILE, 3_000);
  expect(count).toBe(30);
  expect(longest.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 20 }, (_, i) => (i + 10) * 100));
  expect(longest.every(({ stacks }) => stacks.length === 0)).toBe(true);
});
