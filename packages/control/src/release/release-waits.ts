import { filledIn, type Release, type ReleaseState, type ReleaseWait, WAIT_WORDS } from '@fairway/model';
import { isQuiet } from './quiet-hours.ts';
import { hasEnded, needsApproval, type Observation, wishOf } from './release-engine.ts';

function wait(what: ReleaseWait['what'], detail = ''): ReleaseWait {
  return { what, detail, text: filledIn(WAIT_WORDS[what], { detail: detail || 'all' }) };
}

/** What a release waits for. */
export function waitsFor(
  release: Release,
  state: ReleaseState,
  { ahead, missing, seen }: { ahead: readonly string[]; missing: readonly string[]; seen: Observation | null },
  nowMs: number,
): ReleaseWait[] {
  if (hasEnded(state)) return [];
  const waits: ReleaseWait[] = [];
  if (state.paused) waits.push(wait('resume'));
  if (isQuiet(release.spec.quietHours ?? [], nowMs) && state.phase !== 'rollingBack') waits.push(wait('quietHours'));
  if (state.phase === 'waiting') waits.push(...ahead.map((name) => wait('release', name)));
  if (needsApproval(release, state)) waits.push(wait('approval'));
  if (wishOf(state) !== null) waits.push(wait('acknowledgement', missing.join(', ')));
  return [...waits, ...stepWaits(release, state, seen), ...promotionWaits(state, seen)];
}

function stepWaits(release: Release, state: ReleaseState, seen: Observation | null): ReleaseWait[] {
  if (state.phase !== 'running') return [];
  if (state.step >= release.spec.steps.length) return [wait('promotion')];
  const { pause, check } = release.spec.steps[state.step] ?? {};
  const waits: ReleaseWait[] = [];
  if (pause?.requests !== undefined && (seen?.requests ?? 0) < pause.requests) {
    waits.push(wait('requests', `${seen?.requests ?? 0} / ${pause.requests}`));
  }
  if (check && seen?.verdict !== 'fine') waits.push(wait('judgement'));
  const untold = (release.spec.metrics ?? []).filter((_, index) => typeof seen?.metrics[index] !== 'number');
  if (check && untold.length > 0) waits.push(wait('metrics', untold.map(({ name }) => name).join(', ')));
  if (check?.gate && seen?.gate?.verdict !== 'pass') {
    waits.push(wait('gate', `${check.gate}${seen?.gate?.reason ? `: ${seen.gate.reason}` : ''}`));
  }
  return waits;
}

function promotionWaits({ promotion }: ReleaseState, seen: Observation | null): ReleaseWait[] {
  if (promotion === 'emptying') return [wait('emptying')];
  if (promotion !== 'replacing') return [];
  return [wait(seen?.isReplaced === false ? 'replacement' : 'word')];
}
