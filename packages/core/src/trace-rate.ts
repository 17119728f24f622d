import type { Namespace } from '@fairway/model';
import { pointsOf } from './percent.ts';

/** Of how many requests agents make spans of their own. */
export interface TraceRate {
  /** Of a lane (empty: base), in points of a hundredth of a percent. */
  pointsOf(lane: string): number;
}

/** undefined: of none. */
export function compileTraces(spec: Namespace['spec']['traces']): TraceRate | undefined {
  const others = pointsOf(spec?.percent ?? 0);
  const lanes = new Map(Object.entries(spec?.lanes ?? {}).map(([lane, percent]) => [lane, pointsOf(percent)]));
  if (others === 0 && [...lanes.values()].every((points) => points === 0)) return undefined;
  return { pointsOf: (lane) => lanes.get(lane || 'base') ?? others };
}
