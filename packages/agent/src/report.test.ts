import type { PointReport } from '@fairway/model';
import { expect, it } from 'vitest';
import { Meter } from './govern/meter.ts';
import { LEAVE } from './govern/pass.ts';
import { createHook } from './hook.ts';
import { createLog } from './log.ts';
import { mergedCounts, pointReport } from './report.ts';

const silent = createLog('off', () => undefined);

it('a point tells only the reasons that there were', () => {
  const meter = new Meter();
  meter.count(LEAVE.off);
  meter.count({ kind: 'refuse', error: new Error('none') });
  expect(meter.count({ kind: 'unknown', address: 'a:1' })).toEqual({ kind: 'unknown', address: 'a:1' });
  expect(pointReport({ hook: createHook('http', silent), meter })).toEqual({
    name: 'http',
    state: 'on',
    faults: 0,
    governed: 0,
    refused: 1,
    passed: { off: 1 },
  });
});

it('a process counts what all its threads do, and a point is as well as where it is worst', () => {
  const point = (more: Partial<PointReport>): PointReport => ({
    name: 'http',
    state: 'on',
    faults: 1,
    governed: 2,
    refused: 3,
    passed: { off: 4 },
    ...more,
  });
  const own = { points: [point({}), point({ name: 'tcp' })], droppedLabels: 1 };
  const worker = {
    points: [point({ state: 'paused', why: 'repeated faults', passed: { off: 1, detour: 5 } })],
    droppedLabels: 2,
  };
  expect(mergedCounts(own, [worker, worker])).toEqual({
    points: [
      point({
        state: 'paused',
        why: 'repeated faults',
        faults: 3,
        governed: 6,
        refused: 9,
        passed: { off: 6, detour: 10 },
      }),
      point({ name: 'tcp' }),
    ],
    droppedLabels: 5,
  });
});
