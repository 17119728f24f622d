import { expect, it } from 'vitest';
import type { Measured } from '../measure/measure.ts';
import { createTrafficQueue } from './traffic-queue.ts';

const measured = (spanMs: number): Measured => ({ spanMs, edges: [], inbound: [], inFlight: {}, overflowed: 0 });

it('tells each report in order, how long ago it was, and again once where it was not answered', () => {
  let now = 100;
  const queue = createTrafficQueue(7, () => now);
  expect(queue.next()).toBeUndefined();
  queue.add(measured(1));
  now = 150;
  queue.add(measured(2));
  expect(queue.next()).toMatchObject({ seq: 7, agoMs: 50, spanMs: 1, lostReports: 0 });
  queue.answered(7);
  expect(queue.next()).toMatchObject({ seq: 8, agoMs: 0, spanMs: 2 });
  expect(queue.next()).toMatchObject({ seq: 8 });
  expect(queue.next()).toBeUndefined();
  queue.add(measured(3));
  expect(queue.next()).toMatchObject({ seq: 9, lostReports: 1 });
});

it('keeps the latest few while nothing is answered, and says how many were lost', () => {
  const queue = createTrafficQueue(1, () => 0);
  for (let at = 1; at <= 10; at++) queue.add(measured(at));
  expect(queue.next()).toMatchObject({ seq: 7, lostReports: 6 });
  queue.answered(3);
  expect(queue.next()).toMatchObject({ seq: 7 });
});
