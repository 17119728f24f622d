import { describe, expect, it } from 'vitest';
import type { Flight } from './flight.ts';
import { orderInstance, orderInstances, VirtualCaller } from './virtual-caller.ts';

const draining = { state: 'draining' } as const;

describe('an instance that told of its end itself', () => {
  it('takes no more calls until the directory speaks of it', () => {
    const caller = new VirtualCaller(orderInstances(2));
    caller.traffic.leaving('i0', 0);
    expect(caller.shares(100)).toEqual(new Map([['i1', 100]]));
    caller.hear([orderInstance('i0', draining), orderInstance('i1')]);
    caller.hear(orderInstances(2));
    expect(caller.shares(100).size).toBe(2);
  });

  it('is not taken back by a word of the directory that is older', () => {
    const caller = new VirtualCaller(orderInstances(2));
    caller.traffic.leaving('i0', 0);
    caller.hear(orderInstances(3));
    expect(caller.shares(100).has('i0')).toBe(false);
  });

  it('is forgotten to leave after a minute', () => {
    const caller = new VirtualCaller(orderInstances(2));
    caller.traffic.leaving('i0', 0);
    caller.nowMs = 59_999;
    expect(caller.shares(100).size).toBe(1);
    caller.nowMs = 60_000;
    expect(caller.shares(100).size).toBe(2);
  });

  it('goes on where no other is left in its lane', () => {
    const caller = new VirtualCaller([orderInstance('i0'), orderInstance('g0', { lane: 'gray' })]);
    for (const id of ['i0', 'g0']) caller.traffic.leaving(id, 0);
    expect(caller.roundTrip()).toBe('i0');
    expect(caller.call(undefined, 'gray')?.instance.id).toBe('g0');
    caller.hear([orderInstance('i0'), orderInstance('i1'), orderInstance('g0', { lane: 'gray' })]);
    expect(caller.shares(100)).toEqual(new Map([['i1', 100]]));
  });

  it('goes on with the ports that no other is known to have', () => {
    const all = { ports: [8080, 9090] };
    const caller = new VirtualCaller([orderInstance('i0', all), orderInstance('i1', all), orderInstance('i2')]);
    for (const id of ['i0', 'i1']) caller.traffic.leaving(id, 0);
    const known = () => caller.traffic.table(0).instances.map(({ id, state, ports }) => [id, state, ports]);
    expect(known()).toEqual([
      ['i0', 'ready', [9090]],
      ['i1', 'ready', [9090]],
      ['i2', 'ready', [8080]],
    ]);
    caller.hear([orderInstance('i0', all), orderInstance('i1', all), orderInstance('i2', all)]);
    expect(caller.shares(100)).toEqual(new Map([['i2', 100]]));
    expect(known().map(([, state]) => state)).toEqual(['draining', 'draining', 'ready']);
  });
});

describe('a lane', () => {
  it('falls back when the directory has all of its instances ejected, not when some are', () => {
    const gray = ['g0', 'g1'].map((id) => orderInstance(id, { lane: 'gray' }));
    const caller = new VirtualCaller([orderInstance('i0'), ...gray]);
    const call = () => {
      const flight = caller.call(undefined, 'gray') as Flight;
      flight.answered(flight.instance.id === 'i0' ? 200 : 500, 0);
      flight.ended();
      return flight.instance.id;
    };
    const taken = Array.from({ length: 100 }, call);
    expect(taken).not.toContain('i0');
    expect(caller.events).toHaveLength(1);
    caller.hear([orderInstance('i0'), ...gray.map((one) => ({ ...one, ejected: true }))]);
    expect(call()).toBe('i0');
  });
});

it('goes round what was tried in vain until nothing is left', () => {
  const caller = new VirtualCaller(orderInstances(3));
  const set = caller.traffic.table(0).onPort(8080)?.ofLane('');
  if (!set) throw new Error('no set');
  const request = { method: 'GET', url: '/', header: () => undefined };
  const tried = new Set<string>();
  for (let i = 0; i < 3; i++) tried.add(caller.traffic.pick(set, request, 0, tried)?.id ?? '');
  expect([...tried].sort()).toEqual(['i0', 'i1', 'i2']);
  expect(caller.traffic.pick(set, request, 0, tried)).toBeUndefined();
});

it('takes an ejected or suspect instance rather than none when all others were tried in vain', () => {
  const caller = new VirtualCaller([orderInstance('i0'), orderInstance('i1', { suspect: true })]);
  const set = caller.traffic.table(0).onPort(8080)?.ofLane('');
  const request = { method: 'GET', url: '/', header: () => undefined };
  expect(set && caller.traffic.pick(set, request, 0, new Set(['i0']))?.id).toBe('i1');
});

it.each([
  ['warming', { readyForMs: 10 }],
  ['ready', {}],
  ['ready', { readyForMs: 60_000 }],
  ['suspect', { suspect: true }],
  ['draining', draining],
] as const)('knows an instance to be %s', (phase, over) => {
  const instance = orderInstance('i0', over);
  expect(new VirtualCaller([instance]).traffic.phase(instance, 0)).toBe(phase);
});

it('knows an instance to be gone, ejected or leaving', () => {
  const caller = new VirtualCaller(orderInstances(4));
  for (let i = 0; i < 100; i++) caller.roundTrip((id) => id === 'i0');
  caller.traffic.leaving('i1', 0);
  const phases = orderInstances(5).map((instance) => caller.traffic.phase(instance, 0));
  expect(phases).toEqual(['ejected', 'draining', 'ready', 'ready', 'gone']);
});

it('counts a call once, however often it is told of its end; one that breaks after its head is a failure', () => {
  const caller = new VirtualCaller(orderInstances(2));
  const flights = Array.from({ length: 60 }, () => caller.call() as Flight);
  const end = (flight: Flight) => {
    flight.answered(200, 1);
    flight.answered(500, 1);
    if (flight.instance.id === 'i0') flight.failed(2);
    flight.ended();
    flight.failed(3);
  };
  const ofOne = flights.filter(({ instance }) => instance.id === 'i0');
  for (const flight of ofOne.slice(0, 19)) end(flight);
  expect(caller.events).toEqual([]);
  for (const flight of flights) end(flight);
  expect(caller.events).toMatchObject([{ what: 'ejected', cause: 'failure-rate', instance: { id: 'i0' } }]);
  expect(new Set(flights.map(({ peer }) => peer.inFlight))).toEqual(new Set([0]));
  expect(ofOne.length).toBeGreaterThan(20);
});
