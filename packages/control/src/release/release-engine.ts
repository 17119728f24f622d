import {
  type ComparedMetric,
  type ComparedService,
  durationMs,
  type Release,
  type ReleaseCause,
  type ReleaseDeed,
  type ReleaseEvent,
  type ReleaseNote,
  type ReleasePhase,
  type ReleaseState,
  type ServiceHealth,
  type Verdict,
} from '@fairway/model';
import { metricText, sureText } from './metric-text.ts';
import { isQuiet } from './quiet-hours.ts';
import { isTraffic, type LaneWish, trafficAt } from './release-lane.ts';
import { note, notesText } from './release-note.ts';

/** What a gate outside says of a step. */
export interface GateAnswer {
  readonly verdict: 'pass' | 'fail' | 'wait';
  readonly reason: string;
}

/** What is seen of a release: how the canary does beside base, and what came to the lane. */
export interface Observation {
  /** On all services of the release. */
  readonly verdict: Verdict;
  readonly services: readonly ComparedService[];
  readonly health: readonly ServiceHealth[];
  /** Of the services of the release, the least asked in the lane since the traffic was last changed. */
  readonly requests: number;
  /** What the lane was asked lately, in all. */
  readonly lately: number;
  /** Limits that the canary is above. */
  readonly breaches: readonly ReleaseNote[];
  /** What metrics of one's own come to, in the order of the spec; null: nothing was told. */
  readonly metrics: readonly (number | null)[];
  /** What the gate of the present step says; null: nothing, or there is none. */
  readonly gate: GateAnswer | null;
  /** Whether the base instances of every service run what its canary runs. null: it can't be told. */
  readonly isReplaced: boolean | null;
  /** Whether somebody turned the lane off. */
  readonly isLaneOff: boolean;
}

/** What somebody tells a release to do. */
export type ReleaseOrder =
  | { readonly type: 'approve' | 'pause' | 'resume' | 'promote' | 'abort' }
  /** Back or on to a step, from 0. */
  | { readonly type: 'jump'; readonly to: number };

/** What happens to a release. */
export type ReleaseInput =
  | (ReleaseOrder & { readonly by: string; readonly reason: string | null })
  /** Time passed. `ahead`: releases that have what this one wants. */
  | { readonly type: 'tick'; readonly ahead: readonly string[] }
  /** The lane is as {@link wishOf} wants it, and all agents and gateways but these said so. */
  | { readonly type: 'applied'; readonly missing: readonly string[] }
  | { readonly type: 'observed'; readonly observation: Observation }
  /** Another release takes the place of this one. */
  | { readonly type: 'supersede'; readonly by: string };

const MAX_HISTORY = 1_000;
const DEFAULT_MAX_DURATION_MS = 86_400_000;
/** A lane to which nothing came for so long is empty; after so long it is taken for empty. */
const EMPTY_MS = 10_000;
const MAX_EMPTYING_MS = 300_000;

const ENDS: ReadonlySet<ReleasePhase> = new Set(['promoted', 'rolledBack']);

/** A release that is begun at a time. `isProtected`: somebody else must approve it first. */
export function firstState(by: string, reason: string | null, nowMs: number, isProtected = false): ReleaseState {
  const created: ReleaseEvent = { atMs: nowMs, what: 'created', step: 0, by, text: reason ?? '' };
  const asked: ReleaseEvent = { ...created, what: 'asked', by: null, ...worded([note('secondPerson')]) };
  return {
    phase: 'waiting',
    step: 0,
    sinceMs: nowMs,
    traffic: null,
    appliedMs: null,
    approved: false,
    paused: false,
    promotion: null,
    createdMs: nowMs,
    startedMs: null,
    endedMs: null,
    second: isProtected ? by : null,
    cause: null,
    history: isProtected ? [created, asked] : [created],
  };
}

export function hasEnded({ phase }: ReleaseState): boolean {
  return ENDS.has(phase);
}

/** What the lane is to be, where that is not so yet; null: nothing is to be done. To be asked again after each step. */
export function wishOf({ phase, traffic, appliedMs, promotion }: ReleaseState): LaneWish | null {
  if (appliedMs !== null) return null;
  if (phase === 'rollingBack') return { enabled: false, traffic: null };
  if (promotion === 'closing') return { enabled: true, traffic: null };
  return phase === 'running' && traffic !== null ? { enabled: true, traffic } : null;
}

const SOMEBODY_ELSE = 'its namespace is protected: that takes somebody else';

/** Why an order makes no sense now, or not of whom gives it; null: it does. */
export function refusal(release: Release, state: ReleaseState, order: ReleaseOrder, by: string): string | null {
  const { phase, promotion } = state;
  if (hasEnded(state)) return `it has ended (${phase})`;
  if (phase === 'rollingBack') return 'it is being rolled back';
  if (promotion === 'closing' || promotion === 'emptying') {
    return 'base has been replaced already: there is no way back but a new release';
  }
  switch (order.type) {
    case 'abort':
      return null;
    case 'approve':
      if (!needsApproval(release, state) || state.approved) return 'it waits for no approval';
      return state.second === by ? SOMEBODY_ELSE : null;
    case 'promote':
      if (phase === 'waiting') return 'it has not begun';
      return state.second === by ? SOMEBODY_ELSE : null;
    case 'pause':
      return state.paused ? 'it is paused' : null;
    case 'resume':
      return state.paused ? null : 'it is not paused';
    case 'jump':
      if (phase !== 'running') return 'only a release that is at a step can go to another';
      if (state.second === by) return SOMEBODY_ELSE;
      if (state.traffic !== null && trafficAt(release, order.to) === null) {
        return 'that step comes before any traffic: roll it back instead';
      }
      return order.to < release.spec.steps.length ? null : `it has steps 1 to ${release.spec.steps.length}`;
  }
}

/**
 * What a release is after something happened, at a time: the same state where that changes nothing. What was stored and read
 * again goes on as if nothing had been in between; what is to be done follows from the state alone ({@link wishOf}), so that
 * it may be done once more. An order that is refused changes nothing. `lately`: what services were judged last; a way back that
 * somebody else gives keeps it.
 */
export function advance(
  release: Release,
  state: ReleaseState,
  input: ReleaseInput,
  nowMs: number,
  lately: readonly ComparedService[] = [],
): ReleaseState {
  const next = taken(new Course(release, state, nowMs, lately), input);
  return next.settled();
}

function taken(course: Course, input: ReleaseInput): Course {
  const { release, state } = course;
  if (hasEnded(state)) return course;
  switch (input.type) {
    case 'tick':
      return ticked(course, input.ahead);
    case 'applied':
      return applied(course, input.missing);
    case 'observed':
      return observed(course, input.observation);
    case 'supersede':
      if (state.phase === 'waiting')
        return course.ended('rolledBack', 'superseded', [note('supersededEarly', input.by)]);
      return state.phase === 'running' ? course.back('superseded', null, [note('superseded', input.by)]) : course;
    default:
      return refusal(release, state, input, input.by) === null ? ordered(course, input, input) : course;
  }
}

function ticked(course: Course, ahead: readonly string[]): Course {
  const { release, state, nowMs } = course;
  if (state.phase === 'rollingBack') return course;
  const maxMs = durationOf(release.spec.maxDuration) ?? DEFAULT_MAX_DURATION_MS;
  const isStuck = nowMs - (state.startedMs ?? nowMs) >= maxMs;
  if (isStuck && (state.phase === 'running' || state.promotion === 'replacing')) {
    return course.back('maxDuration', null, [note('tooLong', release.spec.maxDuration ?? '24h')]);
  }
  if (state.phase === 'waiting' && ahead.length === 0 && !course.isHeld() && !needsApproval(release, state)) {
    return course.with({ phase: 'running', startedMs: nowMs }).told('started', null, []).at(0);
  }
  if (state.promotion === 'emptying' && nowMs - state.sinceMs >= MAX_EMPTYING_MS) {
    return course.ended('promoted', null, [note('stillCarried')]);
  }
  return course;
}

function applied(course: Course, missing: readonly string[]): Course {
  const { state, nowMs } = course;
  if (wishOf(state) === null) return course;
  const why = [missing.length > 0 ? note('unacknowledged', missing.join(', ')) : note('acknowledged')];
  if (state.phase === 'rollingBack') return course.with({ appliedMs: nowMs }).ended('rolledBack', state.cause, why);
  // Only a way back need not wait for everyone.
  if (missing.length > 0) return course;
  if (state.promotion === 'closing') {
    return course.with({ appliedMs: nowMs, promotion: 'emptying', sinceMs: nowMs }).told('closed', null, why);
  }
  const raised = course.with({ appliedMs: nowMs }).told('raised', null, why);
  return state.step === state.traffic ? raised.at(state.step + 1) : raised;
}

function observed(course: Course, seen: Observation): Course {
  const { release, state, nowMs } = course;
  const services = [...seen.services];
  const isWatched = state.phase === 'running' || state.promotion === 'replacing';
  if (isWatched && state.traffic !== null) {
    if (seen.isLaneOff && state.appliedMs !== null) {
      return course.back('aborted', null, [note('laneOff')], services);
    }
    if (seen.breaches.length > 0) return course.back('limit', null, seen.breaches, services);
    const outside = metricBreaches(release, seen);
    if (outside.length > 0) return course.back('metric', null, outside, services);
    if (seen.gate?.verdict === 'fail') {
      const why = note('gate', gateOf(release, state) ?? '', seen.gate.reason || 'fail');
      return course.back('gate', null, [why], services);
    }
    const onWorse = release.spec.judge?.onWorse ?? 'rollback';
    const isWorse = state.appliedMs !== null && seen.verdict === 'worse';
    if (isWorse && onWorse === 'rollback') return course.back('worse', null, worseNotes(services), services);
    if (isWorse && !state.paused) {
      return course.with({ paused: true }).told('held', null, worseNotes(services), services);
    }
  }
  if (state.promotion === 'replacing' && seen.isReplaced === true && !course.isHeld()) {
    return course.with({ promotion: 'closing', sinceMs: nowMs, appliedMs: null }).told('replaced', null, []);
  }
  if (state.promotion === 'emptying' && seen.lately === 0 && nowMs - state.sinceMs >= EMPTY_MS) {
    return course.ended('promoted', null, [note('empty')]);
  }
  return course.passing(seen);
}

function ordered(course: Course, order: ReleaseOrder, { by, reason }: { by: string; reason: string | null }): Course {
  const { release, state, nowMs } = course;
  const text = reason ?? '';
  switch (order.type) {
    case 'approve':
      return course.with({ approved: true }).told('approved', by, text);
    case 'pause':
      return course.with({ paused: true }).told('paused', by, text);
    case 'resume':
      return course.with({ paused: false }).told('resumed', by, text);
    case 'abort':
      if (state.phase === 'waiting') return course.ended('rolledBack', 'aborted', text, by);
      return course.back('aborted', by, text);
    case 'promote':
      if (state.promotion === 'replacing') {
        const closing = { promotion: 'closing', sinceMs: nowMs, appliedMs: null, paused: false } as const;
        return course.with(closing).told('replaced', by, text || [note('asTold')]);
      }
      return course.with({ paused: false }).promoting(by, text);
    case 'jump': {
      const traffic = trafficAt(release, order.to);
      const isSame = traffic === state.traffic;
      const place = isSame || traffic === null ? order.to : traffic;
      return course.told('jumped', by, text || [note('toStep', order.to + 1)]).at(place);
    }
  }
}

/** Why something is done: a reason that somebody gave, or what the release says of itself. */
type Why = string | readonly ReleaseNote[];

function worded(why: Why): Pick<ReleaseEvent, 'text' | 'notes'> {
  return typeof why === 'string' ? { text: why } : { text: notesText(why), notes: [...why] };
}

/** A state that is being changed; each method gives another. */
class Course {
  readonly release: Release;
  readonly state: ReleaseState;
  readonly nowMs: number;
  readonly #lately: readonly ComparedService[];

  constructor(release: Release, state: ReleaseState, nowMs: number, lately: readonly ComparedService[]) {
    this.release = release;
    this.state = state;
    this.nowMs = nowMs;
    this.#lately = lately;
  }

  with(change: Partial<ReleaseState>): Course {
    return new Course(this.release, { ...this.state, ...change }, this.nowMs, this.#lately);
  }

  told(what: ReleaseDeed, by: string | null, why: Why, services?: readonly ComparedService[]): Course {
    const { step } = this.state;
    const judged = services === undefined ? {} : { services: [...services] };
    const event: ReleaseEvent = { atMs: this.nowMs, what, step, by, ...worded(why), ...judged };
    return this.with({ history: [...this.state.history, event].slice(-MAX_HISTORY) });
  }

  /** Whether it may take no step forward now. */
  isHeld(): boolean {
    return this.state.paused || isQuiet(this.release.spec.quietHours ?? [], this.nowMs);
  }

  /** Begins a step. */
  at(step: number): Course {
    const begun = this.with({ step, sinceMs: this.nowMs, approved: false });
    const { steps, promotion } = this.release.spec;
    if (steps[step]?.pause?.approval) return begun.told('asked', null, [note('toApprove')]);
    return step === steps.length && promotion === 'manual' ? begun.told('asked', null, [note('toPromote')]) : begun;
  }

  back(cause: ReleaseCause, by: string | null, why: Why, services = this.#lately): Course {
    const change = { phase: 'rollingBack', cause, appliedMs: null, promotion: null, sinceMs: this.nowMs } as const;
    return this.with(change).told('rollingBack', by, why, services.length > 0 ? services : undefined);
  }

  ended(phase: 'promoted' | 'rolledBack', cause: ReleaseCause | null, why: Why, by: string | null = null): Course {
    const change = { phase, cause, endedMs: this.nowMs, sinceMs: this.nowMs, promotion: null } as const;
    return this.with(change).told(phase, by, why);
  }

  promoting(by: string | null, why: Why): Course {
    const change = { phase: 'promoting', promotion: 'replacing', sinceMs: this.nowMs } as const;
    return this.with(change).told('promoting', by, why);
  }

  /** What follows by itself from where it is, without anything more being seen. */
  settled(): ReleaseState {
    const { release, state } = this;
    if (state.phase !== 'running' || this.isHeld()) return state;
    const step = release.spec.steps[state.step];
    if (step === undefined) {
      return release.spec.promotion === 'manual' ? state : this.promoting(null, [note('stepsDone')]).state;
    }
    if (isTraffic(step))
      return state.traffic === state.step && state.appliedMs === null ? state : this.#raising().state;
    const passed = this.passing(null);
    return passed === this ? state : passed.settled();
  }

  #raising(): Course {
    const { step } = this.state;
    const { percent } = this.release.spec.steps[step] ?? {};
    const why = percent === undefined ? note('match') : note('percent', percent);
    return this.with({ traffic: step, appliedMs: null }).told('raising', null, [why]);
  }

  /** Ends a pause or a check when all it waits for is there. */
  passing(seen: Observation | null): Course {
    const { release, state, nowMs } = this;
    if (state.phase !== 'running' || this.isHeld() || wishOf(state) !== null) return this;
    const { pause, check } = release.spec.steps[state.step] ?? {};
    const isOver = (time: string | undefined) => nowMs - state.sinceMs >= (durationOf(time) ?? 0);
    if (pause) {
      const isEnough = pause.requests === undefined || (seen?.requests ?? 0) >= pause.requests;
      const isApproved = pause.approval === undefined || state.approved;
      if (!isOver(pause.for) || !isApproved || !isEnough) return this;
      return this.told('passed', null, [note('pauseOver')]).at(state.step + 1);
    }
    if (check && seen && isFine(release, state, seen) && isOver(check.for)) {
      return this.told('passed', null, [note('fine')], seen.services).at(state.step + 1);
    }
    return this;
  }
}

/** Whether all that a check asks says yes. */
function isFine(
  { spec }: Release,
  { step, appliedMs }: ReleaseState,
  { verdict, metrics, gate }: Observation,
): boolean {
  const isOpen = spec.steps[step]?.check?.gate === undefined || gate?.verdict === 'pass';
  const isTold = (spec.metrics ?? []).every((_, index) => typeof metrics[index] === 'number');
  return verdict === 'fine' && appliedMs !== null && isOpen && isTold;
}

function metricBreaches({ spec }: Release, { metrics }: Observation): ReleaseNote[] {
  return (spec.metrics ?? []).flatMap(({ name, min, max }, index) => {
    const value = metrics[index];
    if (typeof value !== 'number') return [];
    if (max !== undefined && value > max) return [note('limitMax', name, value, max)];
    return min !== undefined && value < min ? [note('limitMin', name, value, min)] : [];
  });
}

/** The gate of the step that a release is at. */
export function gateOf({ spec }: Release, { phase, step }: ReleaseState): string | undefined {
  return phase === 'running' ? spec.steps[step]?.check?.gate : undefined;
}

/** Whether it goes no further without somebody's yes. */
export function needsApproval(release: Release, { phase, step, second, approved }: ReleaseState): boolean {
  if (approved) return false;
  if (phase === 'waiting') return second !== null;
  return phase === 'running' && release.spec.steps[step]?.pause?.approval === true;
}

function durationOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationMs(text);
}

/** Which services are worse in what, with the numbers: first where it comes from, then where it shows as well. */
function worseNotes(services: readonly ComparedService[]): ReleaseNote[] {
  const all = services.flatMap(({ service, metrics }) => metrics.map((one) => ({ service, ...one })));
  const worse = all.filter(({ verdict }) => verdict === 'worse');
  const isOrigin = ({ service, metric, verdict, origin }: (typeof all)[number]) =>
    (verdict === 'worse' && !origin) || worse.some((one) => one.metric === metric && one.origin === service);
  const origins = all.filter(isOrigin).map((one) => note(WORSE[one.metric], ...numbersOf(one)));
  const others = worse.flatMap((one) => (one.origin ? [note(FROM[one.metric], ...numbersOf(one), one.origin)] : []));
  return [...origins, ...others];
}

function numbersOf({ service, metric, canary, base, confidence }: ComparedMetric & { service: string }): string[] {
  return [service, metricText(metric, canary), metricText(metric, base), sureText(confidence)];
}

const WORSE = {
  errorShare: 'worseErrorShare',
  lostShare: 'worseLostShare',
  p50Ms: 'worseP50Ms',
  p90Ms: 'worseP90Ms',
} as const;
const FROM = {
  errorShare: 'fromErrorShare',
  lostShare: 'fromLostShare',
  p50Ms: 'fromP50Ms',
  p90Ms: 'fromP90Ms',
} as const;
