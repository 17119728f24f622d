import { expect, it } from 'vitest';
import { createFirstCalls, MAX_HELD } from './first-call.ts';

function room(waitMs: number) {
  const told: string[] = [];
  const asking = {
    isAnswering: true,
    ask: (address: string) => told.push(`ask ${address}`),
    late: () => told.push('late'),
  };
  return { asking, told, calls: createFirstCalls(asking, waitMs) };
}

it('holds calls until their address is answered, and asks once', () => {
  const { calls, told } = room(60_000);
  for (const name of ['a1', 'a2']) expect(calls.hold('a:80', () => told.push(name))).toBe(true);
  expect(calls.hold('b:80', () => told.push('b1'))).toBe(true);
  calls.answered('a:80');
  expect(told).toEqual(['ask a:80', 'ask b:80', 'a1', 'a2']);
  expect([...calls.asked]).toEqual(['b:80']);
  calls.releaseAll();
  expect(told.at(-1)).toBe('b1');
  expect([...calls.asked]).toEqual(['b:80']);
});

it('lets calls go when the time is up', async () => {
  const { calls, told } = room(5);
  await new Promise<void>((resume) => calls.hold('a:80', resume));
  expect(told).toEqual(['ask a:80', 'late']);
});

it('holds none where no answer is to be expected, and a bounded number at once', () => {
  const { calls, asking } = room(60_000);
  const held = Array.from({ length: MAX_HELD + 5 }, () => calls.hold('a:80', () => undefined));
  expect(held.filter(Boolean)).toHaveLength(MAX_HELD);
  calls.answered('a:80');
  asking.isAnswering = false;
  expect(calls.hold('b:80', () => undefined)).toBe(false);
});
