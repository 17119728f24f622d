import {
  type ComparedMetric,
  type ComparedService,
  type LaneComparison,
  Latencies,
  type Verdict,
} from '@fairway/model';
import type { SideLosses } from '../losses.ts';
import { statsOf } from '../traffic/tally.ts';
import type { Sides } from '../traffic/traffic-rollup.ts';
import { logEvidence } from './evidence.ts';
import { type LaneCalls, withOrigins } from './origin.ts';

/** When the canary counts as worse. */
export interface ComparisonLimits {
  /** Chance that two sides that are alike are ever told apart, for one service, however often one looks. In (0, 1). */
  readonly falseAlarms: number;
  /** Requests that each side must have had. */
  readonly minRequests: number;
  /** The canary's share of errors is above base's by more than this: 0.005 is half a percent of the requests. */
  readonly errorMargin: number;
  /** The canary's share of calls lost without an answer is above base's by more than this: few are where nothing is wrong. */
  readonly lossMargin: number;
  /** The canary's latency is above base's by more than this share of it: 0.1 is a tenth. */
  readonly latencyMargin: number;
  /** And by more than this, in milliseconds: instances with little traffic are a little slower, whatever they run. */
  readonly latencyFloorMs: number;
}

export const COMPARISON_LIMITS: ComparisonLimits = {
  falseAlarms: 0.01,
  minRequests: 100,
  errorMargin: 0.005,
  lossMargin: 0.001,
  latencyMargin: 0.1,
  latencyFloorMs: 5,
};

const QUANTILES = [
  ['p50Ms', 0.5],
  ['p90Ms', 0.9],
] as const;
/** Metrics of a service: the chance of a false alarm is shared among them. */
const METRICS = 2 + QUANTILES.length;
const RANK: Readonly<Record<Verdict, number>> = { fine: 0, tooFew: 1, worse: 2 };

/** What is compared: all of the same time. */
export interface Compared {
  readonly sides: ReadonlyMap<string, Sides>;
  readonly calls: LaneCalls;
  readonly losses: ReadonlyMap<string, SideLosses>;
  readonly windowMs: number;
}

/**
 * Judges a canary against base over the same time: worse is what is both too large an effect and too unlikely to be
 * chance, by a test that holds however often it is asked ({@link logEvidence}). Latencies are compared by how many of each
 * side are above a quantile of both together. Without enough requests on both sides nothing is said. What is worse is traced
 * down the chain ({@link withOrigins}).
 */
export function compare({ sides, calls, losses, windowMs }: Compared, limits: ComparisonLimits) {
  const compared = [...sides]
    .map(([service, one]) => comparedService(service, one, losses.get(service), windowMs, limits))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
  return { verdict: worst(compared), services: withOrigins(compared, calls) } satisfies Pick<
    LaneComparison,
    'verdict' | 'services'
  >;
}

function comparedService(
  service: string,
  sides: Sides,
  losses: SideLosses | undefined,
  windowMs: number,
  limits: ComparisonLimits,
): ComparedService {
  const { canary, base } = sides;
  const isEnough = Math.min(canary.requests, base.requests) >= limits.minRequests;
  const errors = share('errorShare', sides, [canary.errors, base.errors], limits.errorMargin, limits);
  const lost = [losses?.canary.unanswered ?? 0, losses?.base.unanswered ?? 0] as const;
  const judged = [errors, share('lostShare', sides, lost, limits.lossMargin, limits), ...latencies(sides, limits)];
  const metrics = judged.map((metric) => (isEnough ? metric : { ...metric, verdict: 'tooFew' as const }));
  const told = { canary: statsOf(canary, windowMs), base: statsOf(base, windowMs) };
  return { service, verdict: worst(metrics), ...told, metrics };
}

/** How many of the requests were such events. */
function share(
  metric: 'errorShare' | 'lostShare',
  { canary, base }: Sides,
  [canaryEvents, baseEvents]: readonly [number, number],
  margin: number,
  limits: ComparisonLimits,
): ComparedMetric {
  const logged = logEvidence({ canary: canary.requests, base: base.requests, canaryEvents, baseEvents });
  const [here, there] = [shareOf(canaryEvents, canary.requests), shareOf(baseEvents, base.requests)];
  return metricOf(metric, here, there, logged, here - there > margin, limits);
}

function latencies({ canary: { latencies: canary }, base: { latencies: base } }: Sides, limits: ComparisonLimits) {
  const both = new Latencies();
  both.merge(canary);
  both.merge(base);
  return QUANTILES.map(([metric, quantile]) => {
    const limitMs = both.quantileMs(quantile) ?? 0;
    const logged = logEvidence({
      canary: canary.total,
      base: base.total,
      canaryEvents: canary.total - canary.atMost(limitMs),
      baseEvents: base.total - base.atMost(limitMs),
    });
    const here = canary.quantileMs(quantile) ?? null;
    const there = base.quantileMs(quantile) ?? null;
    const margin = Math.max((there ?? 0) * limits.latencyMargin, limits.latencyFloorMs);
    const isLarge = here !== null && there !== null && here - there > margin;
    return metricOf(metric, here, there, logged, isLarge, limits);
  });
}

function metricOf(
  metric: ComparedMetric['metric'],
  canary: number | null,
  base: number | null,
  logged: number,
  isLarge: boolean,
  { falseAlarms }: ComparisonLimits,
): ComparedMetric {
  const chance = Math.min(1, METRICS * Math.exp(-logged));
  return { metric, canary, base, confidence: 1 - chance, verdict: isLarge && chance <= falseAlarms ? 'worse' : 'fine' };
}

function shareOf(part: number, all: number): number {
  return all === 0 ? 0 : part / all;
}

/** Of all; nothing is said of nothing. */
function worst(all: readonly { readonly verdict: Verdict }[]): Verdict {
  const [first] = all.map(({ verdict }) => verdict).sort((a, b) => RANK[b] - RANK[a]);
  return first ?? 'tooFew';
}
