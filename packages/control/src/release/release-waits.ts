import type { Release, ReleaseState } from '@fairway/model';
import { isQuiet } from './quiet-hours.ts';
import { hasEnded, needsApproval, type Observation, wishOf } from './release-engine.ts';

/** What a release waits for, in words. */
export function waitsFor(
  release: Release,
  state: ReleaseState,
  { ahead, missing, seen }: { ahead: readonly string[]; missing: readonly string[]; seen: Observation | null },
  nowMs: number,
): string[] {
  if (hasEnded(state)) return [];
  const waits: string[] = [];
  if (state.paused) waits.push('somebody to resume it');
  if (isQuiet(release.spec.quietHours ?? [], nowMs) && state.phase !== 'rollingBack') waits.push('quiet hours to end');
  if (state.phase === 'waiting') waits.push(...ahead.map((name) => `release ${name} to end`));
  if (needsApproval(release, state)) waits.push('approval');
  if (wishOf(state) !== null) {
    waits.push(missing.length > 0 ? `acknowledgement by ${missing.join(', ')}` : 'acknowledgement by all');
  }
  return [...waits, ...stepWaits(release, state, seen), ...promotionWaits(state, seen)];
}

function stepWaits(release: Release, state: ReleaseState, seen: Observation | null): string[] {
  if (state.phase !== 'running') return [];
  if (state.step >= release.spec.steps.length) return ['somebody to promote it'];
  const { pause, check } = release.spec.steps[state.step] ?? {};
  const waits: string[] = [];
  if (pause?.requests !== undefined && (seen?.requests ?? 0) < pause.requests) {
    waits.push(`${pause.requests} requests to each service in the lane: the least has had ${seen?.requests ?? 0}`);
  }
  if (check && seen?.verdict !== 'fine') waits.push('enough requests to judge every service');
  const untold = (release.spec.metrics ?? []).filter((_, index) => typeof seen?.metrics[index] !== 'number');
  if (check && untold.length > 0) waits.push(`metrics: ${untold.map(({ name }) => name).join(', ')}`);
  if (check?.gate && seen?.gate?.verdict !== 'pass') {
    waits.push(`gate ${check.gate}${seen?.gate?.reason ? `: ${seen.gate.reason}` : ''}`);
  }
  return waits;
}

function promotionWaits({ promotion }: ReleaseState, seen: Observation | null): string[] {
  if (promotion === 'emptying') return ['the last requests of the lane'];
  if (promotion !== 'replacing') return [];
  return [
    seen?.isReplaced === false
      ? 'base to run what the canary runs'
      : 'somebody to say that base is replaced (promote): the instances tell no version',
  ];
}
