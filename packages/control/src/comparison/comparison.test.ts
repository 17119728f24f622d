import type { Outcomes } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import type { SideLosses } from '../losses.ts';
import { ALIKE, noSides, type Side, second, seeded } from '../testing/simulated-traffic.ts';
import { Tally } from '../traffic/tally.ts';
import type { Sides } from '../traffic/traffic-rollup.ts';
import { COMPARISON_LIMITS, compare } from './comparison.ts';
import { logEvidence, logGamma } from './evidence.ts';

const seen = (sides: Record<string, Sides>, windowMs = 1000, losses = {}) => ({
  sides: new Map(Object.entries(sides)),
  calls: new Map(),
  losses: new Map<string, SideLosses>(Object.entries(losses)),
  windowMs,
});

/** Looks each second, for so long; after how many seconds it was worse, and why. undefined: it never was. */
function watched(seed: number, seconds: number, share: number, canary: Side) {
  const dice = seeded(seed);
  const sides = noSides();
  for (let at = 1; at <= seconds; at++) {
    second(dice, share, [{ canary, sides }]);
    const { verdict, services } = compare(seen({ 'shop/order': sides }, at * 1000), COMPARISON_LIMITS);
    const why = services[0]?.metrics.filter((metric) => metric.verdict === 'worse').map(({ metric }) => metric);
    if (verdict === 'worse') return { at, why, canary: sides.canary.requests };
  }
  return undefined;
}

const runs = (count: number, seconds: number, share: number, canary: Side) =>
  Array.from({ length: count }, (_, n) => watched(n + 1, seconds, share, canary)).filter((one) => one !== undefined);

describe('a canary that is watched each second', () => {
  it.each([0.05, 0.1, 0.5])('and is like base is not taken for worse, at a share of %d', (share) => {
    // Of 50 runs of ten minutes; the limit is a hundredth of them.
    expect(runs(50, 600, share, ALIKE).length).toBeLessThanOrEqual(1);
  });

  it('and has 3 % of errors is found, by its errors', () => {
    const found = runs(50, 600, 0.1, { ...ALIKE, errorShare: 0.03 });
    expect(found.length).toBeGreaterThanOrEqual(49);
    for (const { why } of found) expect(why).toContain('errorShare');
  });

  it('and is 30 % slower is found, by its latencies', () => {
    const found = runs(50, 600, 0.1, { ...ALIKE, slowness: 1.3 });
    expect(found.length).toBeGreaterThanOrEqual(49);
    for (const { why } of found) expect(why).not.toContain('errorShare');
  });
});

describe('a comparison', () => {
  const tally = (outcomes: Outcomes) => {
    const one = new Tally();
    one.add({ outcomes, latency: { sumMs: 0, buckets: [500, Object.values(outcomes).reduce((a, b) => a + b, 0)] } });
    return one;
  };
  const verdictOf = (canary: Outcomes, base: Outcomes, limits = {}) =>
    compare(seen({ 'shop/order': { ...noSides(), canary: tally(canary), base: tally(base) } }), {
      ...COMPARISON_LIMITS,
      ...limits,
    });

  it('says nothing of too few requests, however bad they are, nor of none', () => {
    expect(verdictOf({ '5xx': 99 }, { '2xx': 10_000 }).verdict).toBe('tooFew');
    expect(verdictOf({ '2xx': 10_000 }, { '2xx': 99 }).verdict).toBe('tooFew');
    expect(compare(seen({}), COMPARISON_LIMITS)).toEqual({ verdict: 'tooFew', services: [] });
  });

  it('does not mind a difference that is sure but small, nor one for the better', () => {
    const small = verdictOf({ '2xx': 996_000, '5xx': 4_000 }, { '2xx': 1_000_000 });
    expect(small.services[0]?.metrics[0]).toMatchObject({ verdict: 'fine', canary: 0.004, base: 0 });
    expect(small.services[0]?.metrics[0]?.confidence).toBeGreaterThan(0.999);
    expect(verdictOf({ '2xx': 1_000 }, { '2xx': 500, '5xx': 500 }).verdict).toBe('fine');
    const margin = { errorMargin: 0.001 };
    expect(verdictOf({ '2xx': 996_000, '5xx': 4_000 }, { '2xx': 1_000_000 }, margin).verdict).toBe('worse');
  });

  it('minds lost calls sooner than errors', () => {
    const order = { ...noSides(), canary: tally({ '2xx': 10_000 }), base: tally({ '2xx': 90_000 }) };
    const metricOf = (canary: number, base: number) => {
      const of = (unanswered: number) => ({ lost: unanswered + 500, unanswered, ejections: 0 });
      const lost = { canary: of(canary), base: of(base) };
      const { verdict, services } = compare(
        seen({ 'shop/order': order }, 1000, { 'shop/order': lost }),
        COMPARISON_LIMITS,
      );
      return { verdict, ...services[0]?.metrics.find(({ metric }) => metric === 'lostShare'), service: undefined };
    };
    expect(metricOf(30, 0)).toMatchObject({ verdict: 'worse', canary: 0.003, base: 0 });
    expect(metricOf(30, 270).verdict).toBe('fine');
    expect(metricOf(9, 0)).toMatchObject({ verdict: 'fine', canary: 0.0009 });
    expect(metricOf(0, 0)).toMatchObject({ verdict: 'fine', canary: 0, base: 0, confidence: 0 });
  });

  it('does not mind a few milliseconds, however many times as long that is', () => {
    const ofBucket = (bucket: number) => {
      const one = new Tally();
      one.add({ outcomes: { '2xx': 1_000 }, latency: { sumMs: 0, buckets: [bucket, 1_000] } });
      return one;
    };
    // 1 ms, and 4 ms.
    const both = seen({ 'shop/order': { ...noSides(), canary: ofBucket(415), base: ofBucket(346) } });
    expect(compare(both, COMPARISON_LIMITS).verdict).toBe('fine');
    expect(compare(both, { ...COMPARISON_LIMITS, latencyFloorMs: 1 }).verdict).toBe('worse');
  });

  it('takes a service that is worse for more than one of which nothing can be said, and that for more than a fine one', () => {
    const fine = { ...noSides(), canary: tally({ '2xx': 1_000 }), base: tally({ '2xx': 1_000 }) };
    const few = { ...noSides(), canary: tally({ '2xx': 1 }), base: tally({ '2xx': 1_000 }) };
    const bad = { ...noSides(), canary: tally({ '5xx': 1_000 }), base: tally({ '2xx': 1_000 }) };
    const of = (...sides: (typeof fine)[]) =>
      compare(seen(Object.fromEntries(sides.map((one, n) => [`shop/${n}`, one]))), COMPARISON_LIMITS).verdict;
    expect([of(fine), of(fine, few), of(few, bad, fine)]).toEqual(['fine', 'tooFew', 'worse']);
  });
});

describe('the evidence', () => {
  it('is what the definition gives, for small numbers', () => {
    // Both events on the canary, whose share is a half: the integral of t^2 is 1/3, and 1/4 where both are alike.
    const alike = { canary: 10, base: 10, canaryEvents: 2, baseEvents: 0 };
    expect(Math.exp(logEvidence(alike))).toBeCloseTo(4 / 3, 9);
    expect(logEvidence({ canary: 0, base: 10, canaryEvents: 0, baseEvents: 3 })).toBe(0);
  });

  it('rests on a gamma function that is right', () => {
    for (const [x, factorial] of [
      [1, 1],
      [2, 1],
      [5, 24],
      [11, 3_628_800],
    ] as const) {
      expect(Math.exp(logGamma(x))).toBeCloseTo(factorial, 4);
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 9);
    expect(logGamma(101)).toBeCloseTo(363.739375555563, 8);
  });
});
