import {
  type ComparedService,
  durationMs,
  type Instance,
  namespaceOf,
  type Release,
  type ReleaseLimits,
  type ReleaseNote,
  type RuntimeHealth,
  type ServiceHealth,
  serviceKey,
  type Verdict,
} from '@fairway/model';
import { COMPARISON_LIMITS, type Compared, compare } from '../comparison/comparison.ts';
import type { SideLosses } from '../losses.ts';
import { statsOf } from '../traffic/tally.ts';
import { metricText } from './metric-text.ts';
import type { Observation } from './release-engine.ts';
import { note } from './release-note.ts';
import { healthOf } from './side-health.ts';

/** What came to the services of a namespace in the lane and in base, over a time. */
export type Seen = Omit<Compared, 'losses'>;

export interface ObservationParts {
  /** Since the traffic was last changed and has settled, with what was lost since then. */
  readonly since: Compared;
  /** Of the last minute at most, as far as it is told. */
  readonly minute: Seen;
  /** What the lane was asked in the last seconds. */
  readonly lately: number;
  readonly instances: Iterable<Instance>;
  readonly isLaneOff: boolean;
  /** By service, since the release began. */
  readonly losses: ReadonlyMap<string, SideLosses>;
  /** Of instances, by id. */
  runtimeOf(instance: string): RuntimeHealth | null;
  readonly outside: Pick<Observation, 'metrics' | 'gate'>;
}

const DEFAULT_LIMIT_REQUESTS = 20;

/** What is seen of a release in traffic and instances. */
export function observe(
  release: Release,
  { since, minute, lately, isLaneOff, ...rest }: ObservationParts,
): Observation {
  const { spec } = release;
  const instances = [...rest.instances];
  const names = servicesOf(release);
  const { onWorse: _, settle: __, ...judge } = spec.judge ?? {};
  const { verdict, services } = compare(since, { ...COMPARISON_LIMITS, ...judge });
  const health = healthOf(names, spec.lane, instances, rest.losses, rest.runtimeOf);
  const requests = names.map((name) => since.sides.get(name)?.canary.requests ?? 0);
  return {
    verdict: onAll(verdict, names, services),
    services,
    health,
    requests: Math.min(...requests),
    lately,
    breaches: [
      ...trafficBreaches(spec.limits ?? {}, minute),
      ...ledgerBreaches(spec.limits ?? {}, health),
      ...runtimeBreaches(
        spec.limits ?? {},
        names,
        instances.filter(({ lane }) => lane === spec.lane),
        rest.runtimeOf,
      ),
    ],
    ...rest.outside,
    isReplaced: isReplaced(names, spec.lane, instances),
    isLaneOff,
  };
}

/** From when on the canary is judged whose traffic was changed at a time. */
export function settledMs({ spec }: Release, changedMs: number): number {
  return changedMs + durationMs(spec.judge?.settle ?? '10s');
}

/** The services of a release, in full. */
export function servicesOf(release: Release): string[] {
  const namespace = namespaceOf(release);
  return release.spec.services.map((ref) => serviceKey(ref, namespace));
}

/** Nothing is said of a release while one of its services was not asked in the lane. */
function onAll(verdict: Verdict, names: readonly string[], services: readonly ComparedService[]): Verdict {
  if (verdict === 'worse') return verdict;
  return names.every((name) => services.some(({ service }) => service === name)) ? verdict : 'tooFew';
}

const TRAFFIC_LIMITS = [
  ['errorShare', 'limitErrorShare'],
  ['p50Ms', 'limitP50Ms'],
  ['p90Ms', 'limitP90Ms'],
  ['p99Ms', 'limitP99Ms'],
] as const;

function trafficBreaches(limits: ReleaseLimits, minute: Seen): ReleaseNote[] {
  const { minRequests = DEFAULT_LIMIT_REQUESTS } = limits;
  return [...minute.sides]
    .filter(([, { canary }]) => canary.requests >= minRequests)
    .flatMap(([service, { canary }]) => {
      const stats = statsOf(canary, minute.windowMs);
      return TRAFFIC_LIMITS.flatMap(([name, what]) => {
        const [value, limit] = [stats[name], limits[name]];
        if (value === null || limit === undefined || value <= limit) return [];
        return [note(what, service, metricText(name, value), metricText(name, limit))];
      });
    });
}

function ledgerBreaches({ lost, ejections }: ReleaseLimits, health: readonly ServiceHealth[]): ReleaseNote[] {
  const sum = (of: 'lost' | 'ejections') => health.reduce((total, { canary }) => total + canary[of], 0);
  const ledger = { lost: sum('lost'), ejections: sum('ejections') };
  const breaches: ReleaseNote[] = [];
  if (lost !== undefined && ledger.lost > lost) breaches.push(note('limitLost', ledger.lost, lost));
  if (ejections !== undefined && ledger.ejections > ejections) {
    breaches.push(note('limitEjections', ledger.ejections, ejections));
  }
  return breaches;
}

const MEBIBYTE = 1_048_576;

function runtimeBreaches(
  { loopDelayP99Ms, rssMiB }: ReleaseLimits,
  names: readonly string[],
  canary: readonly Instance[],
  runtimeOf: ObservationParts['runtimeOf'],
): ReleaseNote[] {
  return canary
    .filter(({ service }) => names.includes(service))
    .flatMap(({ id }) => {
      const runtime = runtimeOf(id);
      if (!runtime) return [];
      const breaches: ReleaseNote[] = [];
      if (loopDelayP99Ms !== undefined && runtime.loopDelayP99Ms > loopDelayP99Ms) {
        breaches.push(note('limitLoopDelay', id, runtime.loopDelayP99Ms.toFixed(1), loopDelayP99Ms));
      }
      if (rssMiB !== undefined && runtime.rssBytes > rssMiB * MEBIBYTE) {
        breaches.push(note('limitRss', id, Math.ceil(runtime.rssBytes / MEBIBYTE), rssMiB));
      }
      return breaches;
    });
}

/** Whether base runs what the canary runs, of each service; null: the instances do not tell, or there is no canary. */
function isReplaced(names: readonly string[], lane: string, instances: readonly Instance[]): boolean | null {
  const verdicts = names.map((name) => {
    const own = instances.filter(({ service, state }) => service === name && state !== 'gone');
    const base = own.filter((one) => (one.lane ?? '') === '');
    const canary = new Set(own.filter((one) => one.lane === lane).map(versionOf));
    if (canary.size === 0 || canary.has('') || base.some((one) => versionOf(one) === '')) return null;
    return base.some(({ state }) => state === 'ready') && base.every((one) => canary.has(versionOf(one)));
  });
  if (verdicts.includes(null)) return null;
  return verdicts.every(Boolean);
}

/** What an instance says that it runs: its label `release`, else `version`; empty: it says nothing. */
export function versionOf({ labels }: Pick<Instance, 'labels'>): string {
  return labels?.['release'] ?? labels?.['version'] ?? '';
}
