import type { Instance } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import type { Flight } from '../traffic/flight.ts';
import { orderInstance, orderInstances, seededDice, VirtualCaller } from '../traffic/virtual-caller.ts';

const PICKS = 10_000;
const WEIGHTED = ['p2c', 'roundRobin', 'random'] as const;

/** Calls arrive and end at random; how many each instance took of the last 10,000. */
function underLoad(caller: VirtualCaller, callsPerSecond: number, latencyMs: (id: string) => number, seed = 7) {
  const dice = seededDice(seed);
  const ending: { flight: Flight; atMs: number }[] = [];
  const counts = new Map<string, number>();
  for (let i = -2000; i < PICKS; i++) {
    caller.nowMs += (-Math.log(1 - dice()) * 1000) / callsPerSecond;
    const now = caller.nowMs;
    for (const { flight, atMs } of ending.filter((one) => one.atMs <= now)) {
      flight.answered(200, atMs);
      flight.ended();
    }
    ending.splice(0, ending.length, ...ending.filter((one) => one.atMs > now));
    const flight = caller.call() as Flight;
    const { id } = flight.instance;
    if (i >= 0) counts.set(id, (counts.get(id) ?? 0) + 1);
    ending.push({ flight, atMs: now + latencyMs(id) * (0.9 + 0.2 * dice()) });
  }
  return counts;
}

function expectShares(counts: ReadonlyMap<string, number>, weights: readonly number[]): void {
  const total = weights.reduce((a, b) => a + b, 0);
  weights.forEach((weight, i) => {
    const points = Math.abs((counts.get(`i${i}`) ?? 0) / PICKS - weight / total) * 100;
    expect(points, `i${i}`).toBeLessThan(2);
  });
}

describe.each(WEIGHTED)('%s honours weights to within 2 points of 10,000 picks', (algorithm) => {
  const balance = { balance: { algorithm } };
  const quarter: readonly [Instance, number][] = [
    [orderInstance('i0', { readyForMs: 30_000 }), 0.25],
    [orderInstance('i1'), 1],
    [orderInstance('i2'), 1],
    [orderInstance('i3', { weight: 50 }), 0.5],
  ];

  it('with nothing under way', () => {
    const caller = new VirtualCaller(
      quarter.map(([instance]) => instance),
      balance,
    );
    expectShares(
      caller.shares(PICKS),
      quarter.map(([, weight]) => weight),
    );
  });

  it.each([2, 20, 100])('with about %d calls under way', (underWay) => {
    const warmup = { duration: '3600s', curve: 1, floor: 10 };
    const instances = [orderInstance('i0', { readyForMs: 0 }), ...orderInstances(5).slice(1)];
    const counts = underLoad(new VirtualCaller(instances, { ...balance, warmup }), 400, () => underWay / 0.4);
    expectShares(counts, [0.1, 1, 1, 1, 1]);
  });

  it('never draws an instance of weight 0 where there are others', () => {
    const caller = new VirtualCaller([orderInstance('i0', { weight: 0 }), orderInstance('i1')], balance);
    expect(caller.shares(1000)).toEqual(new Map([['i1', 1000]]));
  });
});

describe('p2c', () => {
  it('sends little to an instance that is ten times slower', () => {
    const counts = underLoad(new VirtualCaller(orderInstances(3)), 400, (id) => (id === 'i0' ? 100 : 10));
    expect(counts.get('i0')).toBeLessThan(PICKS / 30);
  });

  it('sends little to a warming instance that is ten times slower', () => {
    const instances = [orderInstance('i0', { readyForMs: 0 }), orderInstance('i1'), orderInstance('i2')];
    const caller = new VirtualCaller(instances, { warmup: { duration: '3600s' } });
    const counts = underLoad(caller, 400, (id) => (id === 'i0' ? 100 : 10));
    expect(counts.get('i0')).toBeLessThan(PICKS / 50);
  });

  it('leaves an instance that does not answer at all', () => {
    const caller = new VirtualCaller(orderInstances(2));
    const hung = Array.from({ length: 20 }, () => caller.call()).filter((flight) => flight?.instance.id === 'i0');
    for (let i = 0; i < 20; i++) caller.call()?.ended();
    const flights = Array.from({ length: 20 }, () => caller.call());
    expect(hung.length).toBe(10);
    expect(Math.abs(flights.filter((flight) => flight?.instance.id === 'i0').length - 10)).toBeLessThanOrEqual(1);
  });
});

describe('round robin', () => {
  it('takes turns', () => {
    const caller = new VirtualCaller(orderInstances(4), { balance: { algorithm: 'roundRobin' } });
    expect([...caller.shares(400).values()]).toEqual([100, 100, 100, 100]);
  });

  it('sends no more than its share to a warming instance, though weights change all the time', () => {
    const instances = [orderInstance('i0', { readyForMs: 0 }), ...orderInstances(4).slice(1)];
    const caller = new VirtualCaller(instances, { balance: { algorithm: 'roundRobin' } });
    let expected = 0;
    let taken = 0;
    for (; caller.nowMs < 60_000; caller.nowMs += 5) {
      const share = Math.max(0.1, (caller.nowMs / 60_000) ** 2);
      expected += share / (3 + share);
      if (caller.roundTrip() === 'i0') taken += 1;
    }
    expect(Math.abs(taken / expected - 1)).toBeLessThan(0.02);
  });
});

describe('hash', () => {
  const spec = { balance: { algorithm: 'hash', hashBy: { header: 'x-user' } } } as const;
  const users = Array.from({ length: PICKS }, (_, i) => `user-${i}`);
  const homes = (caller: VirtualCaller) => users.map((user) => caller.call(user)?.instance.id);
  const moved = (a: readonly unknown[], b: readonly unknown[]) => a.filter((id, i) => id !== b[i]).length;

  it('keeps a user on one instance, whoever calls', () => {
    expect(homes(new VirtualCaller(orderInstances(10), spec))).toEqual(
      homes(new VirtualCaller(orderInstances(10).reverse(), spec, { seed: 2 })),
    );
  });

  it('spreads users evenly, and by weight', () => {
    const instances = [orderInstance('i0', { weight: 25 }), ...orderInstances(4).slice(1)];
    const counts = new Map<string, number>();
    for (const id of homes(new VirtualCaller(instances, spec))) counts.set(id ?? '', (counts.get(id ?? '') ?? 0) + 1);
    expectShares(counts, [0.25, 1, 1, 1]);
  });

  it('moves only the users of an instance that goes, and as few when it warms up', () => {
    const caller = new VirtualCaller(orderInstances(10), spec);
    const before = homes(caller);
    caller.hear(orderInstances(9));
    const after = homes(caller);
    expect(moved(before, after)).toBe(before.filter((id) => id === 'i9').length);
    caller.hear([...orderInstances(9), orderInstance('i9', { readyForMs: 0 })]);
    const cold = homes(caller);
    expect(moved(after, cold)).toBe(cold.filter((id) => id === 'i9').length);
    caller.nowMs = 60_000;
    expect(homes(caller)).toEqual(before);
  });

  it('is the same over many instances for a key that comes again, and follows their weights', () => {
    const many = (floor: number) => orderInstances(100).map((one, i) => (i < floor ? { ...one, readyForMs: 0 } : one));
    const caller = new VirtualCaller(many(50), spec);
    const cold = homes(caller);
    expect(homes(caller)).toEqual(cold);
    caller.nowMs = 60_000;
    const warm = homes(new VirtualCaller(orderInstances(100), spec));
    expect(moved(cold, warm)).toBeGreaterThan(PICKS / 4);
    expect(homes(caller)).toEqual(warm);
    expect(homes(caller)).toEqual(warm);
  });

  it('draws requests without a key at random', () => {
    expect(new VirtualCaller(orderInstances(4), spec).shares(1000).size).toBe(4);
  });
});

describe('zones', () => {
  const instances = (local: number) => orderInstances(10).map((one, i) => ({ ...one, zone: i < local ? 'a' : 'b' }));

  it.each([
    [1, 20, 10],
    [2, 20, 2],
    [4, 50, 10],
    [5, 50, 5],
    [0, 0, 10],
  ])('%d of 10 are local, at least %d percent asked for: calls reach %d', (local, minShare, reached) => {
    const caller = new VirtualCaller(instances(local), { balance: { zone: { minShare } } }, { zone: 'a' });
    expect(caller.shares(2000).size).toBe(reached);
  });

  it('do not count where the policy does not say so', () => {
    expect(new VirtualCaller(instances(5), {}, { zone: 'a' }).shares(2000).size).toBe(10);
  });
});
