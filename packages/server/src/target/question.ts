import type { GateAnswer } from '@fairway/control';
import { namespaceOf, type Release, type ReleaseMetric, type ReleaseState } from '@fairway/model';
import { ask, signature } from './outbound.ts';
import type { Target } from './target.ts';

const MAX_REASON = 500;

/** What a metric comes to now; null: to no number. @throws Error in words */
export async function metricValue(target: Target, metric: ReleaseMetric, release: Release): Promise<number | null> {
  const query = metric.query.replaceAll('$lane', release.spec.lane).replaceAll('$namespace', namespaceOf(release));
  const answer = JSON.parse(await ask(target, { suffix: `/api/v1/query?query=${encodeURIComponent(query)}` }));
  const { resultType, result } = answer?.data ?? {};
  const pair =
    resultType === 'scalar' ? result : resultType === 'vector' && result.length === 1 ? result[0].value : null;
  const value = Array.isArray(pair) ? Number(pair[1]) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

/** What a gate says of a release at its step. @throws Error in words */
export async function gateAnswer(
  target: Target,
  release: Release,
  state: ReleaseState,
  nowMs: number,
): Promise<GateAnswer> {
  const { phase, step, traffic, startedMs } = state;
  const body = JSON.stringify({
    release: release.metadata.name,
    namespace: namespaceOf(release),
    lane: release.spec.lane,
    services: release.spec.services,
    phase,
    step: step + 1,
    percent: traffic === null ? 0 : (release.spec.steps[traffic]?.percent ?? null),
    startedMs,
  });
  const answer = JSON.parse(await ask(target, { body, headers: signature(target, body, nowMs) }));
  const { verdict, reason = '' } = answer ?? {};
  if (verdict !== 'pass' && verdict !== 'fail' && verdict !== 'wait') {
    throw new Error('it answered no verdict: expected {"verdict": "pass" | "fail" | "wait", "reason": "…"}');
  }
  return { verdict, reason: String(reason).slice(0, MAX_REASON) };
}
