import type { Lane } from '@fairway/model';

/** A lane as decisions see it. Base is the empty name. */
export interface LaneRule {
  readonly name: string;
  readonly enabled: boolean;
  readonly strict: boolean;
  /** Lanes tried in order where this one has no instance; base as the empty name. Empty where strict. */
  readonly fallback: readonly string[];
  /** Whether a lane whose instances are all ejected counts as one without instances. */
  readonly isUnhealthyAbsent: boolean;
}

const TO_BASE: readonly string[] = Object.freeze(['']);

/** What holds for a lane that no resource speaks of. */
export const UNKNOWN_LANE: LaneRule = Object.freeze({
  name: '',
  enabled: true,
  strict: false,
  fallback: TO_BASE,
  isUnhealthyAbsent: true,
});

/** Compiles a Lane resource. */
export function compileLane(lane: Lane): LaneRule {
  const { enabled = true, strict = false, fallback, fallbackWhen = 'unhealthy' } = lane.spec;
  const chain = fallback ? fallback.map((name) => (name === 'base' ? '' : name)) : TO_BASE;
  return {
    name: lane.metadata.name,
    enabled,
    strict,
    fallback: strict ? [] : chain,
    isUnhealthyAbsent: fallbackWhen === 'unhealthy',
  };
}
