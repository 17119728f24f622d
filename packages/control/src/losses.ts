import type {
  CallerCount,
  Failure,
  InstanceLosses,
  Notice,
  Rollout,
  SeenTransition,
  Transition,
  TransitionKind,
} from '@fairway/model';

interface Recorded {
  /** Milliseconds since 1970, by the clock of the control plane. */
  readonly atMs: number;
  readonly service: string;
  readonly instance: string;
  /** Empty: not known. */
  readonly release: string;
}

/** A transition that was seen. */
export interface TransitionRecord extends Recorded, Readonly<Omit<Transition, 'agoMs' | keyof Recorded>> {
  readonly type: 'transition';
  /** Who saw it: the id of an instance; null: the control plane. */
  readonly by: string | null;
}

/** What a caller sent to an instance. */
export interface CountRecord extends Recorded, Readonly<Omit<CallerCount, keyof Recorded>> {
  readonly type: 'count';
  readonly caller: string;
  readonly callerService: string;
}

/** One line of the loss ledger. */
export type LossRecord = TransitionRecord | CountRecord;

/** What the ledger says of the instances of a service, in a lane or in base. */
export interface Losses {
  /** Calls that failed while an instance came, went or was sick. */
  readonly lost: number;
  /** Those of them that got no answer: an answer that is an error may be what the application wants to say. */
  readonly unanswered: number;
  /** How often callers took one out. */
  readonly ejections: number;
}

/** The same of those in the lane and of those in base. */
export interface SideLosses {
  readonly canary: Losses;
  readonly base: Losses;
}

/** What callers sent, together. */
export interface Sum {
  readonly requests: number;
  readonly failed: number;
  readonly saved: number;
}

/** Transitions of a service closer than this belong to one rollout; counts may come so long after its end. */
const GAP_MS = 60_000;
/** A state on the way to another is part of a rollout for so long at most: one that an operator drained may stay so. */
const MAX_UNDER_WAY_MS = 600_000;
const UNDER_WAY: ReadonlySet<TransitionKind> = new Set(['starting', 'draining', 'suspect', 'ejected']);

interface Group {
  readonly fromMs: number;
  toMs: number;
  readonly transitions: TransitionRecord[];
  readonly counts: CountRecord[];
}

/**
 * The rollouts that records tell of, newest first, and what callers counted outside of any. Each transition is in one
 * rollout, each count in one or outside; the order of the records does not matter.
 */
export function losses(records: Iterable<LossRecord>): { readonly rollouts: Rollout[]; readonly outside: Sum } {
  const rollouts: Rollout[] = [];
  const outside: CountRecord[] = [];
  for (const own of grouped([...records].sort(byTime), ({ service }) => service).values()) {
    const groups = groupsOf(own.filter((record) => record.type === 'transition'));
    for (const count of own.filter((record) => record.type === 'count')) {
      (groupOf(groups, count)?.counts ?? outside).push(count);
    }
    rollouts.push(...groups.map(rolloutOf));
  }
  const newestFirst = (a: Rollout, b: Rollout) => b.from.localeCompare(a.from) || a.service.localeCompare(b.service);
  return { rollouts: rollouts.sort(newestFirst), outside: sumOf(outside) };
}

/** By time; of the same time in an order that does not depend on how they came. */
function byTime(a: LossRecord, b: LossRecord): number {
  return a.atMs - b.atMs || JSON.stringify(a).localeCompare(JSON.stringify(b));
}

function grouped<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Transitions of one service, in the order of time, as groups in that order. */
function groupsOf(transitions: readonly TransitionRecord[]): Group[] {
  const ends = endsOf(transitions);
  const groups: Group[] = [];
  for (const transition of transitions) {
    const endMs = ends.get(transition) ?? transition.atMs;
    const last = groups.at(-1);
    if (last && transition.atMs - last.toMs < GAP_MS) {
      last.toMs = Math.max(last.toMs, endMs);
      last.transitions.push(transition);
    } else groups.push({ fromMs: transition.atMs, toMs: endMs, transitions: [transition], counts: [] });
  }
  return groups;
}

/** Until when those that were under way to something were: the next transition of their instance. */
function endsOf(transitions: readonly TransitionRecord[]): Map<TransitionRecord, number> {
  const ends = new Map<TransitionRecord, number>();
  for (const own of grouped(transitions, ({ instance }) => instance).values()) {
    for (const [index, transition] of own.entries()) {
      const nextMs = own[index + 1]?.atMs ?? transition.atMs;
      const isNear = nextMs - transition.atMs <= MAX_UNDER_WAY_MS;
      if (UNDER_WAY.has(transition.what) && isNear) ends.set(transition, nextMs);
    }
  }
  return ends;
}

/** The rollout that a count is part of: the latest of its instance, or one that was going on. */
function groupOf(groups: readonly Group[], { atMs, instance, phase }: CountRecord): Group | undefined {
  const isGoingOn = ({ toMs }: Group) => atMs <= toMs + GAP_MS;
  const begun = groups.filter(({ fromMs }) => fromMs <= atMs);
  const isOfInstance = ({ transitions }: Group) => transitions.some((one) => one.instance === instance);
  return (
    begun.findLast((group) => isOfInstance(group) && (phase !== 'ready' || isGoingOn(group))) ??
    begun.findLast(isGoingOn)
  );
}

function rolloutOf({ fromMs, toMs, transitions, counts }: Group): Rollout {
  const byInstance = grouped<LossRecord>([...transitions, ...counts], ({ instance }) => instance);
  const instances = [...byInstance.keys()].sort().map((id) => instanceOf(id, byInstance.get(id) ?? []));
  const lost = instances.reduce((sum, one) => sum + one.lost, 0);
  const isMeasured = counts.length > 0 || instances.some(({ notice }) => (notice?.served ?? null) !== null);
  return {
    service: transitions[0]?.service ?? '',
    releases: [...new Set(instances.map(({ release }) => release))].filter((release) => release !== '').sort(),
    from: timeOf(fromMs),
    to: timeOf(toMs),
    instances,
    ...sumOf(counts),
    lost,
    verdict: lost > 0 ? 'lost' : isMeasured ? 'nothing-lost' : 'unmeasured',
  };
}

function instanceOf(instance: string, records: readonly LossRecord[]): InstanceLosses {
  const transitions = records.filter((record) => record.type === 'transition');
  const counts = records.filter((record) => record.type === 'count');
  const notice = noticeOf(transitions.filter(({ by }) => by === instance));
  const own = notice && (notice.failed ?? notice.cutOff) !== null ? (notice.failed ?? 0) + (notice.cutOff ?? 0) : null;
  const failedLeaving = sumOf(counts.filter(({ phase }) => phase === 'draining')).failed;
  const sum = sumOf(counts);
  return {
    instance,
    release: records.find(({ release }) => release !== '')?.release ?? '',
    transitions: transitions.map(seen),
    notice,
    ...sum,
    failures: failuresOf(counts),
    lost: sum.failed - failedLeaving + Math.max(failedLeaving, own ?? 0),
    disagreement: disagreement(own, failedLeaving, counts.length > 0),
  };
}

function seen({ what, atMs, by, cause }: TransitionRecord): SeenTransition {
  return { what, at: timeOf(atMs), by, ...(cause === undefined ? {} : { cause }) };
}

/** From what an instance said of itself: its last leaving. */
function noticeOf(own: readonly TransitionRecord[]): Notice | null {
  const draining = own.findLast(({ what }) => what === 'draining');
  const end = own.findLast(({ what }) => what === 'quiet');
  const first = draining ?? end;
  if (!first) return null;
  return {
    at: timeOf(first.atMs),
    inFlight: draining?.inFlight ?? null,
    served: end?.served ?? null,
    failed: end?.failed ?? null,
    cutOff: end?.cutOff ?? null,
    callers: end?.callers ?? null,
    acknowledged: end?.acknowledged ?? null,
  };
}

function disagreement(own: number | null, callers: number, isCounted: boolean): string | null {
  if (own === null || own === callers) return null;
  if (!isCounted) return `the instance says ${own} failed after its notice; no caller told of any call`;
  return `the instance says ${own} failed after its notice, its callers say ${callers}`;
}

function failuresOf(counts: readonly CountRecord[]): Failure[] {
  const totals = new Map<string, Failure>();
  for (const { phase, caller, callerService, failed } of counts) {
    for (const [reason, count] of Object.entries(failed)) {
      if (count === 0) continue;
      const key = [phase, reason, caller].join(' ');
      const before = totals.get(key)?.count ?? 0;
      totals.set(key, { phase, reason, caller, callerService, count: before + count });
    }
  }
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, failure]) => failure);
}

/** What callers sent, of some counts. */
function sumOf(counts: readonly CountRecord[]): Sum {
  let [requests, failed, saved] = [0, 0, 0];
  for (const count of counts) {
    requests += count.requests;
    saved += count.saved;
    for (const one of Object.values(count.failed)) failed += one;
  }
  return { requests, failed, saved };
}

/** Two counts of one caller of one instance in one phase, as one. The time is that of the first. */
export function merged(a: CountRecord, b: CountRecord): CountRecord {
  const failed = { ...a.failed };
  for (const [reason, count] of Object.entries(b.failed)) failed[reason] = (failed[reason] ?? 0) + count;
  return { ...a, requests: a.requests + b.requests, saved: a.saved + b.saved, failed };
}

function timeOf(ms: number): string {
  // biome-ignore lint/plugin: writes a time that was given, asks for none
  return new Date(ms).toISOString();
}
