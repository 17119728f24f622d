import { executionAsyncResource } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { expect, it } from 'vitest';
import { keepTickShape, keptTick } from './tick-shape.ts';

it('keeps an object of the shape that ticks have', async () => {
  setFlagsFromString('--allow-natives-syntax');
  const haveSameShape = new Function('a', 'b', 'return %HaveSameMap(a, b)');
  keepTickShape();
  const tick = await new Promise((resolve) => process.nextTick(() => resolve(executionAsyncResource())));
  expect(keptTick()).toBeDefined();
  expect(haveSameShape(keptTick(), tick)).toBe(true);
  expect(haveSameShape(keptTick(), {})).toBe(false);
});
