// Simulated traffic through the real engine: a release over a chain of three services, with a fault in it and without.
import { API_VERSION, type Release, type ReleaseState } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { ALIKE, noSides, type Side, second, seeded } from '../testing/simulated-traffic.ts';
import type { Sides } from '../traffic/traffic-rollup.ts';
import { observe } from './observe.ts';
import { advance, firstState, hasEnded, type ReleaseInput, wishOf } from './release-engine.ts';

const SERVICES = ['shop/storefront', 'shop/order', 'shop/payment'];
const RUNS = 50;

const release: Release = {
  apiVersion: API_VERSION,
  kind: 'Release',
  metadata: { name: 'r1', namespace: 'shop' },
  spec: {
    lane: 'gray',
    services: ['storefront', 'order', 'payment'],
    entry: { services: ['public'] },
    steps: [{ percent: 10 }, { check: { for: '6m' } }, { percent: 50 }, { check: { for: '2m' } }],
  },
};

/** Runs it, a second at a time, to its end; the canary is as told, where it is told, and else as base. */
function released(seed: number, faults: Readonly<Record<string, Side>>): { state: ReleaseState; mostPercent: number } {
  const dice = seeded(seed);
  let state = firstState('ann', null, 0);
  let [nowMs, sinceMs, mostPercent] = [0, 0, 0];
  let sides = new Map<string, Sides>();
  const tell = (input: ReleaseInput) => {
    state = advance(release, state, input, nowMs);
  };
  const apply = () => {
    if (wishOf(state) === null) return;
    sides = new Map(SERVICES.map((service) => [service, noSides()]));
    sinceMs = nowMs;
    tell({ type: 'applied', missing: [] });
  };
  while (!hasEnded(state) && nowMs < 3_600_000) {
    tell({ type: 'tick', ahead: [] });
    apply();
    nowMs += 1000;
    const percent = state.traffic === null ? 0 : (release.spec.steps[state.traffic]?.percent ?? 0);
    mostPercent = Math.max(mostPercent, percent);
    second(
      dice,
      percent / 100,
      [...sides].map(([service, one]) => ({ canary: faults[service], sides: one })),
    );
    const calls = new Map(
      SERVICES.slice(1).map((service, caller) => {
        const count = sides.get(service)?.canary.requests ?? 0;
        return [service, new Map([[SERVICES[caller] as string, count]])];
      }),
    );
    const seen = { sides, calls, losses: new Map(), windowMs: nowMs - sinceMs };
    const isPromoting = state.phase === 'promoting';
    const lately = isPromoting ? 0 : 10;
    const observation = observe(release, {
      since: seen,
      minute: seen,
      lately,
      instances: [],
      isLaneOff: false,
      losses: new Map(),
      runtimeOf: () => null,
      outside: { metrics: [], gate: null },
    });
    tell({ type: 'observed', observation: { ...observation, isReplaced: isPromoting } });
    apply();
  }
  return { state, mostPercent };
}

const all = (faults: Readonly<Record<string, Side>>) => Array.from({ length: RUNS }, (_, n) => released(n + 1, faults));

describe('a release over three services', () => {
  it('of a canary that is like base is promoted, in all runs but one at most', () => {
    const promoted = all({}).filter(({ state }) => state.phase === 'promoted');
    expect(promoted.length).toBeGreaterThanOrEqual(RUNS - 1);
    for (const { mostPercent } of promoted) expect(mostPercent).toBe(50);
  }, 60_000);

  it.each([
    ['3 % of errors in the second', 'shop/order', 'errors', { ...ALIKE, errorShare: 0.03 }],
    ['a third that is 30 % slower', 'shop/payment', 'p', { ...ALIKE, slowness: 1.3 }],
  ])(
    'with %s is rolled back at its first step, and says why, in all runs but one at most',
    (_, service, metric, side) => {
      const found = all({ [service]: side }).filter(({ mostPercent }) => mostPercent === 10);
      expect(found.length).toBeGreaterThanOrEqual(RUNS - 1);
      const whyOf = (state: ReleaseState) => state.history.find(({ what }) => what === 'rollingBack');
      // Where it comes from is named first.
      const isNamed = ({ state }: (typeof found)[number]) => whyOf(state)?.text.startsWith(`${service}: ${metric}`);
      expect(found.filter(isNamed).length).toBeGreaterThanOrEqual(RUNS - 1);
      for (const { state } of found) {
        expect(state).toMatchObject({ phase: 'rolledBack', cause: 'worse' });
        const why = whyOf(state);
        expect(why?.text).toMatch(/different with 9\d\.\d % confidence/);
        expect(why?.services).toHaveLength(3);
      }
    },
    60_000,
  );
});
