import { API_VERSION, type Release, type ReleaseSpec, type ReleaseState } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { statsOf, Tally } from '../traffic/tally.ts';
import { advance, firstState, type Observation, type ReleaseInput, refusal, wishOf } from './release-engine.ts';
import { note } from './release-note.ts';
import { waitsFor } from './release-waits.ts';

const MINUTE = 60_000;

function aRelease(spec: Partial<ReleaseSpec> = {}): Release {
  return {
    apiVersion: API_VERSION,
    kind: 'Release',
    metadata: { name: 'r1', namespace: 'shop' },
    spec: {
      lane: 'gray',
      services: ['order', 'payment'],
      entry: { services: ['storefront'] },
      steps: [{ percent: 10 }, { check: { for: '1m' } }, { percent: 50 }, { pause: { approval: true } }],
      ...spec,
    },
  };
}

function seen(over: Partial<Observation> = {}): Observation {
  return {
    verdict: 'tooFew',
    services: [],
    health: [],
    requests: 0,
    lately: 5,
    breaches: [],
    metrics: [],
    gate: null,
    isReplaced: false,
    isLaneOff: false,
    ...over,
  };
}

/** A release that is told what happens, at times of its own. */
class Run {
  readonly release: Release;
  nowMs = 1_000_000;
  state: ReleaseState;

  constructor(release: Release) {
    this.release = release;
    this.state = firstState('ann', 'new prices', this.nowMs);
  }

  tell(...inputs: ReleaseInput[]): this {
    for (const input of inputs) this.state = advance(this.release, this.state, input, this.nowMs);
    return this;
  }

  after(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  tick(ahead: string[] = []): this {
    return this.tell({ type: 'tick', ahead });
  }

  applied(missing: string[] = []): this {
    return this.tell({ type: 'applied', missing });
  }

  observed(over: Partial<Observation>): this {
    return this.tell({ type: 'observed', observation: seen(over) });
  }

  order(type: 'approve' | 'pause' | 'resume' | 'promote' | 'abort'): this {
    return this.tell({ type, by: 'ann', reason: null });
  }

  get deeds(): string[] {
    return this.state.history.map(({ what }) => what);
  }

  waits(over: Partial<Observation> = {}): string[] {
    const parts = { ahead: [], missing: [], seen: seen(over) };
    return waitsFor(this.release, this.state, parts, this.nowMs).map(({ text }) => text);
  }
}

const begun = (spec: Partial<ReleaseSpec> = {}) => new Run(aRelease(spec)).tick();
const atCheck = (spec: Partial<ReleaseSpec> = {}) => begun(spec).applied();

describe('a release', () => {
  it('goes from step to step, each when all it waits for is there, and is promoted', () => {
    const run = begun();
    expect(wishOf(run.state)).toEqual({ enabled: true, traffic: 0 });
    expect(run.applied(['order-1']).state.step).toBe(0);
    expect(run.applied().state).toMatchObject({ step: 1, appliedMs: run.nowMs });
    expect(wishOf(run.state)).toBeNull();

    expect(run.observed({ verdict: 'fine' }).state.step).toBe(1);
    expect(run.after(MINUTE).observed({ verdict: 'tooFew' }).state.step).toBe(1);
    expect(run.waits()).toEqual(['enough requests to judge every service']);
    expect(run.observed({ verdict: 'fine' }).state).toMatchObject({ step: 2, traffic: 2, appliedMs: null });
    expect(wishOf(run.state)).toEqual({ enabled: true, traffic: 2 });

    expect(
      run
        .applied()
        .tick()
        .after(24 * MINUTE)
        .tick().state.step,
    ).toBe(3);
    expect(run.waits()).toEqual(['approval']);
    expect(run.order('approve').state).toMatchObject({ phase: 'promoting', promotion: 'replacing' });
    expect(wishOf(run.state)).toBeNull();

    expect(run.observed({ isReplaced: false }).state.promotion).toBe('replacing');
    expect(run.observed({ isReplaced: true }).state.promotion).toBe('closing');
    expect(wishOf(run.state)).toEqual({ enabled: true, traffic: null });
    expect(run.applied().state.promotion).toBe('emptying');
    expect(run.after(10_000).observed({ lately: 1 }).state.phase).toBe('promoting');
    expect(run.observed({ lately: 0 }).state).toMatchObject({ phase: 'promoted', endedMs: run.nowMs });
    expect(run.deeds).toEqual([
      ...['created', 'started', 'raising', 'raised', 'passed', 'raising', 'raised', 'asked', 'approved', 'passed'],
      ...['promoting', 'replaced', 'closed', 'promoted'],
    ]);
  });

  it('waits for those ahead of it, and for quiet hours to end', () => {
    const run = new Run(aRelease({ quietHours: [{ from: '00:00', to: '00:30' }] }));
    expect(run.tick(['r0']).state.phase).toBe('waiting');
    // The clock starts at 00:16 UTC.
    expect(run.tick().state.phase).toBe('waiting');
    expect(run.after(15 * MINUTE).tick().state.phase).toBe('running');
  });

  it('adds no traffic in quiet hours, and is still rolled back in them', () => {
    const run = begun({ quietHours: [{ from: '00:17', to: '00:30' }] })
      .applied()
      .after(MINUTE);
    expect(run.observed({ verdict: 'fine' }).tick().state).toMatchObject({ step: 1, traffic: 0 });
    expect(run.waits({ verdict: 'fine' })).toEqual(['quiet hours to end']);
    expect(run.observed({ verdict: 'worse' }).state.phase).toBe('rollingBack');
  });

  it('passes a pause with requests enough, or time enough', () => {
    const byRequests = atCheck({ steps: [{ percent: 1 }, { pause: { requests: 100 } }, { percent: 2 }] });
    expect(byRequests.observed({ requests: 99 }).tick().state.step).toBe(1);
    expect(byRequests.waits({ requests: 99 })).toEqual(['requests to each service in the lane: 99 / 100']);
    expect(byRequests.observed({ requests: 100 }).state.step).toBe(2);
    const byTime = atCheck({ steps: [{ percent: 1 }, { pause: { for: '1m' } }, { percent: 2 }] });
    expect(byTime.after(MINUTE - 1).tick().state.step).toBe(1);
    expect(byTime.after(1).tick().state.step).toBe(2);
  });

  it('that is worse than base is rolled back, whatever it waits for', () => {
    for (const steps of [[{ pause: { approval: true } }], [{ pause: { for: '1h' } }], [{ check: {} }]] as const) {
      const run = atCheck({ steps: [{ percent: 1 }, ...steps] });
      run.order('pause').observed({ verdict: 'worse' });
      expect(run.state).toMatchObject({ phase: 'rollingBack', cause: 'worse' });
      expect(wishOf(run.state)).toEqual({ enabled: false, traffic: null });
      expect(run.applied().state).toMatchObject({ phase: 'rolledBack', endedMs: run.nowMs });
    }
  });

  it('above a limit is rolled back even while its traffic is still being raised', () => {
    const run = begun().observed({ verdict: 'worse' });
    expect(run.state.phase).toBe('running');
    expect(
      run.observed({ breaches: [note('limitErrorShare', 'shop/order', '30.00 %', '10.00 %')] }).state,
    ).toMatchObject({
      phase: 'rollingBack',
      cause: 'limit',
    });
    expect(run.state.history.at(-1)).toMatchObject({
      text: 'shop/order: errors 30.00 %, the limit is 10.00 %',
      notes: [{ what: 'limitErrorShare', values: ['shop/order', '30.00 %', '10.00 %'] }],
    });
  });

  it('is held instead, where it is told to hold', () => {
    const run = atCheck({ judge: { onWorse: 'hold' } }).observed({ verdict: 'worse' });
    expect(run.state).toMatchObject({ phase: 'running', paused: true });
    const held = run.state;
    expect(run.observed({ verdict: 'worse' }).state).toBe(held);
    expect(run.order('abort').state.cause).toBe('aborted');
  });

  it('that takes too long is rolled back', () => {
    const run = atCheck({ maxDuration: '1h' });
    expect(run.after(60 * MINUTE - 1).tick().state.phase).toBe('running');
    expect(run.after(1).tick().state).toMatchObject({ phase: 'rollingBack', cause: 'maxDuration' });
  });

  it('whose lane somebody turns off is rolled back', () => {
    expect(begun().observed({ isLaneOff: true }).state.phase).toBe('running');
    expect(atCheck().observed({ isLaneOff: true }).state).toMatchObject({ phase: 'rollingBack', cause: 'aborted' });
  });

  it('is rolled back by a metric of its own, and not let on by one that is not told', () => {
    const metrics = [{ name: 'orders', target: 'prom', query: 'orders', min: 5, max: 10 }];
    const run = atCheck({ metrics }).after(MINUTE);
    expect(run.observed({ verdict: 'fine', metrics: [null] }).state.step).toBe(1);
    expect(run.waits({ verdict: 'fine', metrics: [null] })).toEqual(['metrics: orders']);
    expect(run.observed({ verdict: 'fine', metrics: [7] }).state.step).toBe(2);
    for (const [value, text] of [
      [4, 'orders is 4, at least 5 is needed'],
      [11, 'orders is 11, at most 10 is allowed'],
    ] as const) {
      const { state } = atCheck({ metrics }).observed({ metrics: [value] });
      expect([state.cause, state.history.at(-1)?.text]).toEqual(['metric', text]);
    }
  });

  it('is let on, held or rolled back by the gate of its step', () => {
    const steps = [{ percent: 1 }, { check: { gate: 'ops' } }, { percent: 2 }];
    const gate = (verdict: 'pass' | 'fail' | 'wait') => ({
      verdict: 'fine' as const,
      gate: { verdict, reason: 'because' },
    });
    expect(atCheck({ steps }).observed({ verdict: 'fine' }).state.step).toBe(1);
    const waiting = atCheck({ steps }).observed(gate('wait'));
    expect([waiting.state.step, waiting.waits(gate('wait'))]).toEqual([1, ['gate ops: because']]);
    expect(atCheck({ steps }).observed(gate('pass')).state.step).toBe(2);
    const { state } = atCheck({ steps }).observed(gate('fail'));
    expect([state.cause, state.history.at(-1)?.text]).toEqual(['gate', 'ops: because']);
  });

  it('takes a second person where its namespace is protected, before it begins and at each approval', () => {
    const run = new Run(aRelease({ steps: [{ percent: 1 }, { pause: { approval: true } }, { percent: 2 }] }));
    run.state = firstState('ann', null, run.nowMs, true);
    const ben = () => run.tell({ type: 'approve', by: 'ben', reason: null });
    expect(run.tick().state.phase).toBe('waiting');
    expect(run.waits()).toEqual(['approval']);
    expect(refusal(run.release, run.state, { type: 'approve' }, 'ann')).toContain('somebody else');
    expect(run.order('approve').tick().state.phase).toBe('waiting');
    expect(ben().tick().applied().state.step).toBe(1);
    expect(run.order('approve').state.step).toBe(1);
    expect(run.order('promote').state.phase).toBe('running');
    expect(refusal(run.release, run.state, { type: 'jump', to: 2 }, 'ann')).toContain('somebody else');
    expect(ben().state.step).toBe(2);
    // The way back takes one.
    expect(run.order('abort').state.phase).toBe('rollingBack');
  });

  it('is rolled back by another that takes its place, unless it is being promoted', () => {
    expect(atCheck().tell({ type: 'supersede', by: 'r2' }).state.cause).toBe('superseded');
    const waiting = new Run(aRelease()).tell({ type: 'supersede', by: 'r2' });
    expect(waiting.state).toMatchObject({ phase: 'rolledBack', cause: 'superseded' });
    const promoting = atCheck().order('promote').tell({ type: 'supersede', by: 'r2' });
    expect(promoting.state.phase).toBe('promoting');
  });

  it('goes back to a step, with the traffic of that step at once', () => {
    const run = atCheck().after(MINUTE).observed({ verdict: 'fine' });
    expect(run.state.traffic).toBe(2);
    run.tell({ type: 'jump', to: 1, by: 'ann', reason: null });
    expect(run.state).toMatchObject({ step: 0, traffic: 0, appliedMs: null });
    expect(run.applied().state.step).toBe(1);
    const late = begun({ steps: [{ pause: { for: '1m' } }, { percent: 1 }, { check: {} }] })
      .after(MINUTE)
      .tick()
      .applied();
    expect(refusal(late.release, late.state, { type: 'jump', to: 0 }, 'ann')).toContain('before any traffic');
  });

  it('that somebody rolls back keeps how its services were doing', () => {
    const side = statsOf(new Tally(), MINUTE);
    const services = [{ service: 'shop/order', canary: side, base: side, metrics: [], verdict: 'tooFew' as const }];
    const { release, state, nowMs } = atCheck();
    const aborted = advance(release, state, { type: 'abort', by: 'ann', reason: null }, nowMs, services);
    expect(aborted.history.at(-1)).toMatchObject({ what: 'rollingBack', by: 'ann', services });
    expect(
      advance(release, state, { type: 'abort', by: 'ann', reason: null }, nowMs).history.at(-1),
    ).not.toHaveProperty('services');
  });

  it('sent to a pause while its traffic is being changed, still waits until all have acknowledged that', () => {
    const run = begun({ steps: [{ percent: 10 }, { pause: { for: '1m' } }, { pause: { for: '1m' } }] });
    run.tell({ type: 'jump', to: 1, by: 'ann', reason: null });
    expect(run.after(MINUTE).observed({}).tick().state).toMatchObject({ step: 1, appliedMs: null });
    expect(run.applied().observed({}).state.step).toBe(2);
  });

  it('asks for the approval that its first step is', () => {
    expect(begun({ steps: [{ pause: { approval: true } }, { percent: 1 }] }).deeds).toEqual([
      'created',
      'started',
      'asked',
    ]);
  });

  it('waits for a word before it is promoted, where that is wanted', () => {
    const run = atCheck({ promotion: 'manual', steps: [{ percent: 1 }] });
    expect(run.tick().state).toMatchObject({ phase: 'running', step: 1 });
    expect(run.waits()).toEqual(['somebody to promote it']);
    expect(run.order('promote').state.promotion).toBe('replacing');
    expect(run.waits({ isReplaced: null })[0]).toContain('tell no version');
    expect(run.order('promote').state.promotion).toBe('closing');
    expect(refusal(run.release, run.state, { type: 'abort' }, 'ann')).toContain('replaced already');
  });

  it('ends its rollback without those that do not answer', () => {
    const run = atCheck().order('abort').applied(['order-1']);
    expect(run.state.phase).toBe('rolledBack');
    expect(run.state.history.at(-1)?.text).toContain('order-1');
  });

  it('refuses orders that make no sense, and says why', () => {
    const run = atCheck();
    const why = (type: 'approve' | 'pause' | 'resume') => refusal(run.release, run.state, { type }, 'ann');
    expect(why('approve')).toContain('no approval');
    expect(why('resume')).toContain('not paused');
    expect(refusal(run.release, run.state, { type: 'jump', to: 9 }, 'ann')).toContain('1 to 4');
    const before = run.state;
    expect(run.order('approve').state).toBe(before);
    expect(refusal(run.release, run.order('abort').applied().state, { type: 'pause' }, 'ann')).toContain('ended');
  });
});
