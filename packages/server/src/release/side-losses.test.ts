import type { LossRecord } from '@fairway/control';
import type { Instance } from '@fairway/model';
import { expect, it } from 'vitest';
import { LossesBySide } from './side-losses.ts';

const lanes: Record<string, string> = { canary: 'gray', base: '', other: 'blue' };

const failed = (instance: string, atMs: number, count: number, service = 'shop/order') =>
  ({ type: 'count', service, instance, atMs, failed: { reset: count, 'status:500': 1 } }) as unknown as LossRecord;
const ejected = (instance: string, atMs: number) =>
  ({ type: 'transition', what: 'ejected', service: 'shop/order', instance, atMs }) as unknown as LossRecord;

it('what was lost is told of the lane and of base, over a time, also of instances that are gone', () => {
  const present = new Set(Object.keys(lanes));
  const losses = new LossesBySide((id) => (present.has(id) ? ({ id, lane: lanes[id] } as Instance) : undefined));
  const lines = [failed('canary', 5, 100), failed('canary', 10, 2), failed('base', 11, 30), failed('other', 12, 7)];
  for (const line of [...lines, ejected('canary', 13), ejected('base', 14), failed('stranger', 15, 9)])
    losses.add(line);
  present.clear();
  losses.add(failed('canary', 20, 1));
  losses.add(failed('base', 21, 5, 'shop/pay'));
  losses.add(failed('base', 22, 100, 'shop/pay'));
  expect(Object.fromEntries(losses.of(['shop/order', 'shop/pay'], 'gray', { fromMs: 10, toMs: 22 }))).toEqual({
    'shop/order': {
      canary: { lost: 5, unanswered: 3, ejections: 1 },
      base: { lost: 31, unanswered: 30, ejections: 1 },
    },
    'shop/pay': {
      canary: { lost: 0, unanswered: 0, ejections: 0 },
      base: { lost: 6, unanswered: 5, ejections: 0 },
    },
  });
});
