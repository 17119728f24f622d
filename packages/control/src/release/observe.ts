import {
  type ComparedService,
  type Instance,
  namespaceOf,
  type Release,
  type ReleaseLimits,
  serviceKey,
  type TrafficStats,
  type Verdict,
} from '@fairway/model';
import { COMPARISON_LIMITS, compare } from '../comparison/comparison.ts';
import { statsOf } from '../traffic/tally.ts';
import type { Sides } from '../traffic/traffic-rollup.ts';
import { metricText } from './metric-text.ts';
import type { Observation } from './release-engine.ts';

/** What came to the services of a namespace in the lane and in base, over a time. */
export interface Seen {
  readonly sides: ReadonlyMap<string, Sides>;
  readonly windowMs: number;
}

export interface ObservationParts {
  /** Since the traffic was last changed. */
  readonly since: Seen;
  /** Of the last minute at most, as far as it is told. */
  readonly minute: Seen;
  /** What the lane was asked in the last seconds. */
  readonly lately: number;
  readonly instances: Iterable<Instance>;
  readonly isLaneOff: boolean;
}

const DEFAULT_LIMIT_REQUESTS = 20;

/** What is seen of a release in traffic and instances. */
export function observe(
  release: Release,
  { since, minute, lately, instances, isLaneOff }: ObservationParts,
): Observation {
  const { spec } = release;
  const names = servicesOf(release);
  const { onWorse: _, ...judge } = spec.judge ?? {};
  const { verdict, services } = compare(since.sides, since.windowMs, { ...COMPARISON_LIMITS, ...judge });
  const requests = names.map((name) => since.sides.get(name)?.canary.requests ?? 0);
  return {
    verdict: onAll(verdict, names, services),
    services,
    requests: Math.min(...requests),
    lately,
    breach: breachOf(spec.limits ?? {}, minute),
    isReplaced: isReplaced(names, spec.lane, [...instances]),
    isLaneOff,
  };
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

function breachOf({ minRequests = DEFAULT_LIMIT_REQUESTS, ...limits }: ReleaseLimits, minute: Seen): string | null {
  const breaches: string[] = [];
  for (const [service, { canary }] of minute.sides) {
    if (canary.requests < minRequests) continue;
    const stats = statsOf(canary, minute.windowMs);
    for (const [name, limit] of Object.entries(limits)) {
      const value = stats[name as keyof TrafficStats] as number | null;
      if (value === null || value <= limit) continue;
      breaches.push(`${service}: ${name} ${metricText(name, value)}, the limit is ${metricText(name, limit)}`);
    }
  }
  return breaches.length > 0 ? breaches.join('; ') : null;
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
