import { API_VERSION, type EntryRule, type Lane, type Release } from '@fairway/model';

/** What a release makes of its lane: whether it is on, and which step's traffic enters it (null: none). */
export interface LaneWish {
  readonly enabled: boolean;
  readonly traffic: number | null;
}

/** The lane as a release wants it: with one entry rule of the release, before the others; all else stays as it is. */
export function laneOf(before: Lane | undefined, release: Release, { enabled, traffic }: LaneWish): Lane {
  const id = ruleId(release);
  const others = (before?.spec.entry ?? []).filter((rule) => rule.id !== id);
  const rule = traffic === null ? [] : [ruleOf(release, traffic)];
  const entry = [...rule, ...others];
  const { namespace } = release.metadata;
  const metadata = before?.metadata ?? { name: release.spec.lane, ...(namespace === undefined ? {} : { namespace }) };
  const { entry: _, ...rest } = before?.spec ?? {};
  const spec = { ...rest, enabled, ...(entry.length > 0 ? { entry } : {}) };
  return { apiVersion: API_VERSION, kind: 'Lane', metadata, spec };
}

/** Salt of the percentage: who is in at 10 % is in at 20 %, and another release begins with others. */
function ruleId({ metadata }: Release): string {
  return `release/${metadata.name}`;
}

function ruleOf(release: Release, traffic: number): EntryRule {
  const { percent, match } = release.spec.steps[traffic] ?? {};
  const id = ruleId(release);
  return {
    id,
    ...release.spec.entry,
    ...(percent === undefined ? {} : { percent }),
    ...(match === undefined ? {} : { match }),
  };
}

/** The step whose traffic a release has at a step: the last of those up to it that say one. null: none does. */
export function trafficAt({ spec }: Release, step: number): number | null {
  const index = spec.steps.slice(0, step + 1).findLastIndex(isTraffic);
  return index < 0 ? null : index;
}

/** Whether a step says which requests enter the lane. */
export function isTraffic({ percent, match }: Release['spec']['steps'][number]): boolean {
  return percent !== undefined || match !== undefined;
}
