import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type OutlierPolicy } from '../policy.ts';
import { orderInstance, orderInstances, VirtualCaller } from '../traffic/virtual-caller.ts';
import { Health } from './health.ts';
import { maxOut, Outliers } from './outliers.ts';

/** One member whose calls all fail, or all succeed, and others that nothing happens to. */
class Watched {
  readonly health = new Health();
  hasOthers(): boolean {
    return true;
  }
}

function watch(over: Partial<OutlierPolicy>) {
  const policy = { ...DEFAULT_POLICY.outlier, ...over };
  const changes: string[] = [];
  const outliers = new Outliers<Watched>(policy, 0, (member, cause, nowMs) =>
    changes.push(`${nowMs / 1000}: ${cause ?? member.health.standing}`),
  );
  const one = new Watched();
  outliers.regroup(policy, [[one, new Watched(), new Watched()]], 0);
  const at = (nowMs: number, isFailure: boolean) => {
    outliers.advance(nowMs);
    outliers.observe(one, isFailure, 1, nowMs, nowMs);
  };
  return { one, at, changes };
}

describe('the length of ejections', () => {
  it('follows the published timeline: 10, 20, 30 s; two clean intervals later 20 s', () => {
    const { one, at, changes } = watch({ consecutive: 1, probes: 1, baseEjectionMs: 10_000, intervalMs: 10_000 });
    at(0, true);
    expect(one.health.untilMs).toBe(10_000);
    at(10_000, true);
    expect(one.health.untilMs).toBe(30_000);
    at(30_000, true);
    expect(one.health.untilMs).toBe(60_000);
    at(60_000, false);
    at(70_000, false);
    at(80_000, true);
    expect(one.health.untilMs).toBe(100_000);
    expect(changes).toEqual([
      '0: consecutive',
      '10: probing',
      '10: probe',
      '30: probing',
      '30: probe',
      '60: probing',
      '60: probes',
      '80: consecutive',
    ]);
  });

  it('has a maximum', () => {
    const { one, at } = watch({ consecutive: 1, baseEjectionMs: 10_000, maxEjectionMs: 25_000 });
    at(0, true);
    at(10_000, true);
    at(30_000, true);
    expect(one.health.untilMs).toBe(55_000);
  });

  it('is that of a first ejection again after a long quiet time', () => {
    const { one, at } = watch({ consecutive: 1, probes: 1, baseEjectionMs: 10_000, intervalMs: 10_000 });
    at(0, true);
    at(10_000, true);
    at(30_000, false);
    at(900_000, true);
    expect(one.health.untilMs).toBe(910_000);
  });
});

describe('the checks', () => {
  const sick =
    (...ids: string[]) =>
    (id: string) =>
      ids.includes(id);

  it('one failure of one call is not 100 percent', () => {
    const caller = new VirtualCaller(orderInstances(3));
    for (let i = 0; i < 3; i++) caller.roundTrip(() => i === 0);
    caller.nowMs = 60_000;
    caller.roundTrip();
    expect(caller.events).toEqual([]);
  });

  it('failures in a row eject at the fifth, and no sixth call is sent', () => {
    const caller = new VirtualCaller(orderInstances(3));
    let failed = 0;
    for (let i = 0; i < 1000; i++) if (caller.roundTrip(sick('i1')) === 'i1') failed += 1;
    expect(failed).toBe(5);
    expect(caller.events).toMatchObject([{ what: 'ejected', cause: 'consecutive', instance: { id: 'i1' }, atMs: 0 }]);
  });

  it('a refused connection counts, whatever statuses do', () => {
    const caller = new VirtualCaller(orderInstances(3), { outlier: { statuses: [] } });
    for (let i = 0; i < 200; i++) {
      const flight = caller.call();
      if (flight?.instance.id === 'i2') flight.failed(caller.nowMs);
      else flight?.answered(500, caller.nowMs);
      flight?.ended();
    }
    expect(caller.events).toMatchObject([{ cause: 'consecutive', instance: { id: 'i2' } }]);
  });

  it.each([
    ['failure-rate', { consecutive: 0 }],
    ['slow-rate', { slowRate: { slowerThan: '100ms' } }],
  ])('%s, of 20 calls at least', (cause, spec) => {
    const caller = new VirtualCaller(orderInstances(2), { outlier: spec, balance: { algorithm: 'roundRobin' } });
    const taken: string[] = [];
    for (let i = 0; i < 100; i++) {
      const flight = caller.call();
      if (!flight) continue;
      const isSick = flight.instance.id === 'i0';
      taken.push(flight.instance.id);
      caller.nowMs += isSick && cause === 'slow-rate' ? 150 : 1;
      flight.answered(isSick && cause === 'failure-rate' && taken.length % 3 > 0 ? 503 : 200, caller.nowMs);
      flight.ended();
    }
    expect(caller.events).toMatchObject([{ cause, instance: { id: 'i0' } }]);
    expect(taken.filter((id) => id === 'i0').length).toBeGreaterThanOrEqual(20);
  });

  it('a success rate far below that of the others, though never in a row nor half of all', () => {
    const caller = new VirtualCaller(orderInstances(5), { balance: { algorithm: 'roundRobin' } });
    for (let i = 0; i < 1000; i++) caller.roundTrip((id) => id === 'i3' && i % 4 === 0);
    expect(caller.events).toEqual([]);
    caller.nowMs = 10_000;
    caller.roundTrip();
    expect(caller.events).toMatchObject([{ cause: 'success-rate', instance: { id: 'i3' } }]);
  });

  it('99 percent among 100 percent is well', () => {
    const caller = new VirtualCaller(orderInstances(5), { balance: { algorithm: 'roundRobin' } });
    for (let i = 0; i < 1000; i++) caller.roundTrip((id) => id === 'i3' && i % 100 < 5);
    caller.nowMs = 10_000;
    caller.roundTrip();
    expect(caller.events).toEqual([]);
  });

  it('a sick canary does not hide among healthy base instances', () => {
    const canary = ['c0', 'c1'].map((id) => orderInstance(id, { lane: 'gray' }));
    const caller = new VirtualCaller([...orderInstances(8), ...canary]);
    for (let i = 0; i < 40; i++) {
      const flight = caller.call(undefined, i % 2 ? 'gray' : '');
      flight?.answered(flight.instance.id === 'c0' ? 500 : 200, caller.nowMs);
      flight?.ended();
    }
    expect(caller.events).toMatchObject([{ what: 'ejected', instance: { id: 'c0' } }]);
  });
});

describe('limits', () => {
  it.each([
    [1, 1, 0],
    [2, 0.5, 1],
    [3, 0.5, 1],
    [5, 0.1, 0],
    [10, 0.1, 1],
    [4, 1, 3],
    [0, 1, 0],
  ])('of %d instances at a share of %d, %d may be out', (count, share, most) => {
    expect(maxOut(count, share)).toBe(most);
  });

  it.each([
    [1, 3, 1],
    [2, 3, 1],
    [3, 3, 1],
    [6, 6, 3],
    [1, 1, 0],
  ])('%d of %d sick: %d out, always', (sick, count, most) => {
    const caller = new VirtualCaller(orderInstances(count));
    let out = 0;
    for (let i = 0; i < 2000; i++) {
      caller.nowMs += 100;
      caller.roundTrip((id) => Number(id.slice(1)) < sick);
      out = caller.traffic.table(caller.nowMs).instances.filter(({ ejected }) => ejected).length;
      expect(out).toBeLessThanOrEqual(most);
    }
    expect(caller.events.filter(({ what }) => what === 'ejected').length > 0).toBe(most > 0);
  });

  it('brings back whom the limit no longer allows to be out, when others leave', () => {
    const caller = new VirtualCaller(orderInstances(2));
    for (let i = 0; i < 100; i++) caller.roundTrip((id) => id === 'i0');
    caller.hear([orderInstance('i0'), orderInstance('i1', { state: 'draining' })]);
    expect(caller.events).toMatchObject([{ what: 'ejected' }, { what: 'returned', cause: 'limit' }]);
    expect(caller.roundTrip()).toBe('i0');
  });

  it('brings all back when the policy says no more', () => {
    const caller = new VirtualCaller(orderInstances(2));
    for (let i = 0; i < 100; i++) caller.roundTrip((id) => id === 'i0');
    caller.hear(orderInstances(2), { outlier: { enabled: false } });
    expect(caller.events.at(-1)).toMatchObject({ what: 'returned', cause: 'policy' });
    for (let i = 0; i < 100; i++) caller.roundTrip(() => true);
    expect(caller.events).toHaveLength(2);
  });
});

describe('return', () => {
  function ejected() {
    const caller = new VirtualCaller(orderInstances(3));
    for (let i = 0; i < 100; i++) caller.roundTrip((id) => id === 'i0');
    expect(caller.events).toHaveLength(1);
    return caller;
  }

  it('is by one call at a time until three have succeeded', () => {
    const caller = ejected();
    caller.nowMs = 30_000;
    for (let probe = 0; probe < 3; probe++) {
      const flights = Array.from({ length: 50 }, () => caller.call());
      expect(flights.filter((flight) => flight?.isProbe)).toHaveLength(1);
      expect(flights.filter((flight) => flight?.instance.id === 'i0')).toHaveLength(1);
      for (const flight of flights) {
        flight?.answered(200, caller.nowMs);
        flight?.ended();
      }
    }
    expect(caller.events[1]).toMatchObject({ what: 'returned', cause: 'probes', instance: { id: 'i0' } });
    expect(caller.shares(3000).get('i0')).toBeGreaterThan(800);
  });

  it('a failing probe ejects again at once, for longer', () => {
    const caller = ejected();
    caller.nowMs = 30_000;
    let failed = 0;
    for (let i = 0; i < 100; i++) if (caller.roundTrip((id) => id === 'i0') === 'i0') failed += 1;
    expect(failed).toBe(1);
    caller.nowMs = 89_999;
    expect(caller.shares(100).has('i0')).toBe(false);
    caller.nowMs = 90_000;
    expect(caller.roundTrip()).toBe('i0');
  });

  it('what was under way before the ejection does not count after the return', () => {
    const caller = new VirtualCaller(orderInstances(3));
    const old = Array.from({ length: 60 }, () => caller.call()).filter((flight) => flight?.instance.id === 'i0');
    caller.nowMs = 1;
    for (let i = 0; i < 100; i++) caller.roundTrip((id) => id === 'i0');
    caller.nowMs = 40_000;
    for (let i = 0; i < 3; i++) caller.roundTrip();
    expect(caller.events.map(({ what }) => what)).toEqual(['ejected', 'returned']);
    for (const flight of old) flight?.failed(caller.nowMs);
    expect(old.length).toBeGreaterThan(5);
    expect(caller.events).toHaveLength(2);
  });
});

describe('a call that hangs', () => {
  it('counts as a failure where the application gave up after long, not where it changed its mind', () => {
    const caller = new VirtualCaller(orderInstances(3));
    const give = (afterMs: number) => {
      const flights = Array.from({ length: 30 }, () => caller.call());
      caller.nowMs += afterMs;
      for (const flight of flights) {
        if (flight?.instance.id === 'i1') flight.abandoned(caller.nowMs);
        else flight?.answered(200, caller.nowMs);
        flight?.ended();
      }
    };
    give(50);
    expect(caller.events).toEqual([]);
    give(2000);
    expect(caller.events).toMatchObject([{ what: 'ejected', instance: { id: 'i1' } }]);
  });
});
