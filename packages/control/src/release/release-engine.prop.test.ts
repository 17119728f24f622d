import {
  API_VERSION,
  check,
  type QuietHours,
  type Release,
  type ReleaseMetric,
  type ReleaseState,
  type ReleaseStep,
} from '@fairway/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, firstState, hasEnded, type ReleaseInput, wishOf } from './release-engine.ts';
import { trafficAt } from './release-lane.ts';
import { note } from './release-note.ts';

const step: fc.Arbitrary<ReleaseStep> = fc.oneof(
  fc.record({ percent: fc.integer({ min: 0, max: 100 }) }),
  fc.constant({ match: { header: 'x-tester', exists: true } }),
  fc.constantFrom<ReleaseStep>(
    { pause: { for: '1m' } },
    { pause: { approval: true } },
    { pause: { requests: 50 } },
    { pause: { for: '30s', approval: true, requests: 10 } },
    { check: {} },
    { check: { for: '1m' } },
    { check: { gate: 'ops' } },
  ),
);

const release: fc.Arbitrary<Release> = fc
  .record({
    steps: fc.array(step, { minLength: 1, maxLength: 6 }),
    promotion: fc.constantFrom('automatic' as const, 'manual' as const),
    judge: fc.record({ onWorse: fc.constantFrom('rollback' as const, 'hold' as const) }),
    maxDuration: fc.constantFrom('2m', '24h'),
    metrics: fc.constantFrom<ReleaseMetric[]>([], [{ name: 'load', target: 'prom', query: 'x', max: 5 }]),
    quietHours: fc.constantFrom<QuietHours[]>([], [{ from: '00:05', to: '00:10' }]),
  })
  .map((spec) => ({
    apiVersion: API_VERSION,
    kind: 'Release',
    metadata: { name: 'r1', namespace: 'shop' },
    spec: { lane: 'gray', services: ['order'], entry: { services: ['storefront'] }, ...spec },
  }));

const observation = fc.record({
  verdict: fc.constantFrom('fine' as const, 'fine' as const, 'tooFew' as const, 'worse' as const),
  services: fc.constant([]),
  health: fc.constant([]),
  requests: fc.integer({ min: 0, max: 100 }),
  lately: fc.constantFrom(0, 0, 5),
  breaches: fc.constantFrom([], [], [], [], [], [note('limitErrorShare', 'shop/order', '30.00 %', '10.00 %')]),
  metrics: fc.constantFrom([], [1], [7], [null]),
  gate: fc.constantFrom(
    null,
    { verdict: 'pass' as const, reason: '' },
    { verdict: 'wait' as const, reason: '' },
    { verdict: 'fail' as const, reason: 'no' },
  ),
  isReplaced: fc.constantFrom(true, false, null),
  isLaneOff: fc.constantFrom(false, false, false, true),
});

const order = fc.constantFrom('approve', 'pause', 'resume', 'promote', 'abort' as const);
const input: fc.Arbitrary<ReleaseInput> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('tick'), ahead: fc.constantFrom([], [], ['r0']) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('applied'), missing: fc.constantFrom([], [], ['order-1']) }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('observed'), observation }) },
  { weight: 1, arbitrary: fc.record({ type: order, by: fc.constant('ann'), reason: fc.constant(null) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('jump'),
      to: fc.integer({ min: 0, max: 6 }),
      by: fc.constant('ann'),
      reason: fc.constant(null),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'supersede', by: 'r2' }) },
) as fc.Arbitrary<ReleaseInput>;

const story = fc.array(fc.record({ afterMs: fc.constantFrom(0, 500, 20_000, 61_000), input }), { maxLength: 60 });

/** Each state of a story, with the one before it. */
function* states(
  one: Release,
  lines: readonly { afterMs: number; input: ReleaseInput }[],
  through = (s: ReleaseState) => s,
) {
  let nowMs = 0;
  let state = firstState('ann', null, nowMs);
  for (const line of lines) {
    nowMs += line.afterMs;
    const next = advance(one, through(state), line.input, nowMs);
    yield { before: state, state: next, input: line.input, nowMs };
    state = next;
  }
}

const holds = (property: (one: Release, lines: Parameters<typeof states>[1]) => void) =>
  fc.assert(fc.property(release, story, property), { numRuns: 1_500 });

describe('a release, whatever happens to it', () => {
  it('goes on from what was stored as if nothing had been in between', () => {
    holds((one, lines) => {
      const stored = (state: ReleaseState) => JSON.parse(JSON.stringify(state));
      const through = [...states(one, lines, stored)].map(({ state }) => state);
      expect(through).toEqual([...states(one, lines)].map(({ state }) => state));
    });
  });

  it('stays ended, and does not come back from its rollback', () => {
    holds((one, lines) => {
      for (const { before, state } of states(one, lines)) {
        if (hasEnded(before)) expect(state).toBe(before);
        if (before.phase === 'rollingBack') expect(['rollingBack', 'rolledBack']).toContain(state.phase);
      }
    });
  });

  it('goes no step on before its traffic is acknowledged by all, but by an order', () => {
    holds((one, lines) => {
      for (const {
        before,
        state,
        input: { type },
      } of states(one, lines)) {
        const isOrder = ['jump', 'promote'].includes(type);
        const isRaising = before.phase === 'running' && before.traffic !== null && before.appliedMs === null;
        if (isRaising && state.phase === 'running' && !isOrder && type !== 'applied')
          expect(state.step).toBe(before.step);
        if (state.phase === 'running' && !isOrder) expect(state.step).toBeGreaterThanOrEqual(before.step);
      }
    });
  });

  it('has the traffic of its step, and never that of one that is still to come', () => {
    holds((one, lines) => {
      for (const { state, nowMs } of states(one, lines)) {
        const wish = wishOf(state);
        if (state.phase === 'running') {
          expect(wish === null || wish.enabled).toBe(true);
          const due = trafficAt(one, state.step);
          const isQuiet = one.spec.quietHours?.length !== 0 && nowMs >= 300_000 && nowMs < 600_000;
          const isHeld = state.paused || isQuiet;
          if (!isHeld) expect(state.traffic).toBe(due);
          else expect(state.traffic ?? -1).toBeLessThanOrEqual(one.spec.steps.length);
        } else if (wish !== null) expect(wish.traffic).toBeNull();
        if (state.phase === 'rollingBack') expect(wish).toEqual({ enabled: false, traffic: null });
      }
    });
  });

  it('that is above a limit is on its way back at once', () => {
    holds((one, lines) => {
      for (const { before, state, input: happened } of states(one, lines)) {
        const isWatched = before.phase === 'running' || before.promotion === 'replacing';
        if (happened.type !== 'observed' || happened.observation.breaches.length === 0 || !isWatched) continue;
        if (before.traffic !== null) expect(state.phase).toBe('rollingBack');
      }
    });
  });

  it('says only what its form allows, and tells its story in order', () => {
    holds((one, lines) => {
      for (const { before, state } of states(one, lines)) {
        expect(check('ReleaseState', state)).toEqual([]);
        expect(state.history.slice(0, before.history.length)).toEqual(before.history);
        // What is worth storing is worth telling.
        if (state !== before) expect(state.history.length).toBeGreaterThan(before.history.length);
      }
    });
  });
});
