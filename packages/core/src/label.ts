import { laneMembers } from './baggage.ts';
import type { RequestView } from './request-view.ts';

/** The header that carries the lane. */
export const LANE_HEADER = 'x-fairway-lane';

const LABEL = /^[a-z0-9-]{1,63}$/;

/** Whether a text may be a lane's label: at most 63 characters of `[a-z0-9-]`. */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/** The label that a request carries, and whether one was there that counts as not set. */
export interface CarriedLabel {
  readonly label: string | undefined;
  readonly malformed: boolean;
}

const NONE: CarriedLabel = Object.freeze({ label: undefined, malformed: false });

/**
 * Reads the lane label: {@link LANE_HEADER} first, then the further accepted headers in their order, then baggage.
 * A label that is malformed, or there more than once, counts as not set.
 */
export function carriedLabel(request: RequestView, furtherHeaders: readonly string[]): CarriedLabel {
  let malformed = false;
  for (let i = -1; i < furtherHeaders.length; i++) {
    const value = request.header(i < 0 ? LANE_HEADER : (furtherHeaders[i] as string));
    if (value === undefined) continue;
    if (isLabel(value)) return { label: value, malformed };
    malformed = true;
  }
  const baggage = request.header('baggage');
  const [label, second] = baggage === undefined ? [] : laneMembers(baggage);
  if (label === undefined) return malformed ? { label, malformed } : NONE;
  const isSet = second === undefined && isLabel(label);
  return { label: isSet ? label : undefined, malformed: malformed || !isSet };
}
