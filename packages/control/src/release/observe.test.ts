import {
  API_VERSION,
  type Instance,
  type Outcomes,
  type Release,
  type ReleaseLimits,
  type RuntimeHealth,
} from '@fairway/model';
import { describe, expect, it } from 'vitest';
import type { SideLosses } from '../losses.ts';
import { Tally } from '../traffic/tally.ts';
import { observe } from './observe.ts';
import { notesText } from './release-note.ts';

const release: Release = {
  apiVersion: API_VERSION,
  kind: 'Release',
  metadata: { name: 'r1', namespace: 'shop' },
  spec: {
    lane: 'gray',
    services: ['order', 'shop/payment'],
    entry: { services: ['storefront'] },
    steps: [{ percent: 10 }],
    limits: { errorShare: 0.1, p90Ms: 500 },
  },
};

function tally(outcomes: Outcomes, bucket = 500): Tally {
  const one = new Tally();
  const count = Object.values(outcomes).reduce((a, b) => a + b, 0);
  one.add({ outcomes, latency: { sumMs: 0, buckets: [bucket, count] } });
  return one;
}

const of = (canary: Tally, base = tally({ '2xx': 1_000 })) => ({ canary, base });
const fine = of(tally({ '2xx': 200 }));
const seen = (sides: Record<string, typeof fine>) => ({
  sides: new Map(Object.entries(sides)),
  calls: new Map(),
  losses: new Map(),
  windowMs: 60_000,
});
const both = seen({ 'shop/order': fine, 'shop/payment': of(tally({ '2xx': 120 })) });

interface Over {
  readonly limits?: ReleaseLimits;
  readonly losses?: SideLosses;
  readonly runtime?: RuntimeHealth;
}

const observed = (since = both, minute = since, instances: Instance[] = [], over: Over = {}) =>
  observe(
    { ...release, spec: { ...release.spec, limits: { ...release.spec.limits, ...over.limits } } },
    {
      since,
      minute,
      lately: 3,
      instances,
      isLaneOff: false,
      losses: new Map(over.losses ? [['shop/order', over.losses]] : []),
      runtimeOf: () => over.runtime ?? null,
      outside: { metrics: [], gate: null },
    },
  );

const instance = (service: string, version: string | undefined, lane = '', over: Partial<Instance> = {}): Instance => {
  const labels = version === undefined ? {} : { labels: { version } };
  return {
    id: `${service}-${lane}-${version}`,
    service,
    lane,
    host: '10.0.0.1',
    ports: [80],
    state: 'ready',
    ...labels,
    ...over,
  };
};

describe('what is seen of a release', () => {
  it('is the verdict on all of its services, and the requests of the least asked', () => {
    expect(observed()).toMatchObject({ verdict: 'fine', requests: 120, lately: 3, breaches: [] });
    expect(observed(seen({ 'shop/order': fine }))).toMatchObject({ verdict: 'tooFew', requests: 0 });
    const bad = of(tally({ '5xx': 200 }));
    expect(observed(seen({ 'shop/order': bad })).verdict).toBe('worse');
    expect(observed(seen({ ...Object.fromEntries(both.sides), 'shop/device': bad })).verdict).toBe('worse');
  });

  it('is each limit that the canary is above, once it had requests enough', () => {
    const minute = (canary: Tally) => notesText(observed(both, seen({ 'shop/device': of(canary) })).breaches);
    expect(minute(tally({ '2xx': 80, '5xx': 20 }))).toBe('shop/device: errors 20.00 %, the limit is 10.00 %');
    expect(minute(tally({ '5xx': 19 }))).toBe('');
    expect(minute(tally({ '2xx': 95, '5xx': 5 }))).toBe('');
    expect(minute(tally({ '2xx': 100 }, 800))).toMatch(/^shop\/device: p90 \d+\.\d ms, the limit is 500\.0 ms$/);
  });

  it('shows the instances of the canary beside those of base', () => {
    const runtime = {
      cpu: 0.5,
      rssBytes: 9,
      heapBytes: 1,
      loopBusy: 0.1,
      loopDelayMaxMs: 2,
      loopDelayP99Ms: 3,
      gcMs: 0,
    };
    const losses = {
      canary: { lost: 2, unanswered: 1, ejections: 1 },
      base: { lost: 70, unanswered: 60, ejections: 7 },
    };
    const instances = [instance('shop/order', '2', 'gray'), instance('shop/order', '1'), instance('shop/order', '0')];
    const { health } = observed(both, both, instances, { losses, runtime });
    const told = { loopDelayP99Ms: 3, rssBytes: 9, cpu: 0.5 };
    const nobody = { instances: 0, lost: 0, ejections: 0, loopDelayP99Ms: null, rssBytes: null, cpu: null };
    expect(health).toEqual([
      {
        service: 'shop/order',
        canary: { instances: 1, lost: 2, ejections: 1, ...told },
        base: { instances: 2, lost: 70, ejections: 7, ...told },
      },
      { service: 'shop/payment', canary: nobody, base: nobody },
    ]);
  });

  it('is each limit that its ledger or an instance of it is above', () => {
    const instances = [instance('shop/order', '2', 'gray'), instance('shop/order', '1')];
    const of = (over: Over) => notesText(observed(both, both, instances, over).breaches);
    const losses = {
      canary: { lost: 2, unanswered: 1, ejections: 1 },
      base: { lost: 70, unanswered: 60, ejections: 7 },
    };
    expect(of({ losses, limits: { lost: 2, ejections: 1 } })).toBe('');
    expect(of({ losses, limits: { lost: 1, ejections: 0 } })).toBe(
      '2 calls were lost, the limit is 1; instances were taken out 1 times, the limit is 0',
    );
    const runtime = {
      cpu: 0,
      rssBytes: 300 * 1_048_576,
      heapBytes: 0,
      loopBusy: 0,
      loopDelayMaxMs: 90,
      loopDelayP99Ms: 80,
      gcMs: 0,
    };
    expect(of({ runtime, limits: { loopDelayP99Ms: 100, rssMiB: 300 } })).toBe('');
    expect(of({ runtime, limits: { loopDelayP99Ms: 50, rssMiB: 200 } })).toBe(
      'shop/order-gray-2: timers come 80.0 ms late, the limit is 50 ms; shop/order-gray-2: holds 300 MiB, the limit is 200 MiB',
    );
  });

  it('is whether base runs what the canary runs', () => {
    const done = [instance('shop/payment', '5'), instance('shop/payment', '5', 'gray')];
    const replaced = (...instances: Instance[]) => observed(both, both, [...done, ...instances]).isReplaced;
    const canary = instance('shop/order', '2', 'gray');
    const blue = instance('shop/order', '7', 'blue');
    expect(replaced(canary, instance('shop/order', '1'))).toBe(false);
    expect(replaced(canary, blue, instance('shop/order', '1'), instance('shop/order', '2'))).toBe(false);
    expect(replaced(canary, instance('shop/order', '1', '', { state: 'draining' }), instance('shop/order', '2'))).toBe(
      false,
    );
    expect(replaced(canary, instance('shop/order', '2', '', { state: 'starting' }))).toBe(false);
    expect(replaced(canary, blue, instance('shop/order', '2'))).toBe(true);
    expect(replaced(canary)).toBe(false);
    expect(replaced(canary, instance('shop/order', undefined))).toBeNull();
    // Without a canary nobody knows what base should run.
    expect(replaced(instance('shop/order', '2'))).toBeNull();
  });
});
