import { describe, expect, it } from 'vitest';
import { orderInstance, orderInstances, VirtualCaller } from '../traffic/virtual-caller.ts';
import { warmupShare } from './warmup.ts';

it.each([
  [120, 2, 0, 30, 0.0625],
  [120, 2, 0, 60, 0.25],
  [120, 2, 0, 90, 0.5625],
  [60, 1, 0.1, 6, 0.1],
  [60, 1, 0.1, 20, 0.333],
  [60, 1, 0.35, 10, 0.35],
  [60, 2, 0.1, 60, 1],
  [60, 2, 0.1, -5, 0.1],
  [0, 2, 0.1, 0, 1],
])('of %d s, curve %d, floor %d: after %d s a share of %d', (duration, curve, floor, elapsed, share) => {
  expect(warmupShare({ durationMs: duration * 1000, curve, floor }, elapsed * 1000)).toBeCloseTo(share, 3);
});

describe('counted from the first moment at which traffic can arrive', () => {
  /** Share of i0 beside one warm instance, in 10,000 calls in no time. */
  function shareOf(caller: VirtualCaller): number {
    return (caller.shares(10_000).get('i0') ?? 0) / 10_000;
  }
  const warm = orderInstance('i1');

  it('by elapsed time as told, on the own clock', () => {
    const caller = new VirtualCaller([orderInstance('i0', { readyForMs: 30_000 }), warm]);
    expect(shareOf(caller)).toBeCloseTo(0.25 / 1.25, 1);
    caller.nowMs = 30_000;
    expect(shareOf(caller)).toBeCloseTo(0.5, 1);
  });

  it('what is told again does not make it younger', () => {
    const young = [orderInstance('i0', { readyForMs: 0 }), warm];
    const caller = new VirtualCaller(young);
    caller.nowMs = 60_000;
    caller.hear(young);
    expect(shareOf(caller)).toBeCloseTo(0.5, 1);
  });

  it('again when it was not ready meanwhile', () => {
    const caller = new VirtualCaller([orderInstance('i0'), warm]);
    caller.hear([orderInstance('i0', { state: 'starting' }), warm]);
    caller.hear([orderInstance('i0', { readyForMs: 0 }), warm]);
    expect(shareOf(caller)).toBeCloseTo(0.1 / 1.1, 1);
  });
});

it.each([1, 5, 9])('%d of 10 new: each new one has the same share of a warm one', (fresh) => {
  const instances = orderInstances(10).map((one, i) => (i < fresh ? { ...one, readyForMs: 30_000 } : one));
  const counts = new VirtualCaller(instances).shares(10_000);
  const total = fresh * 0.25 + 10 - fresh;
  for (const { id, readyForMs } of instances) {
    const expected = (readyForMs === undefined ? 1 : 0.25) / total;
    expect(Math.abs((counts.get(id) ?? 0) / 10_000 - expected)).toBeLessThan(0.02);
  }
});

it('an all-new fleet shares evenly', () => {
  const counts = new VirtualCaller(orderInstances(4, { readyForMs: 0 })).shares(10_000);
  for (const count of counts.values()) expect(Math.abs(count - 2500)).toBeLessThan(200);
});
