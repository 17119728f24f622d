import { hasLaneMember, withLane } from './baggage.ts';
import { LANE_HEADER } from './label.ts';
import type { RequestView } from './request-view.ts';
import type { Rules } from './rules.ts';

/** A header to set, or with null to remove. */
export type HeaderEdit = readonly [name: string, value: string | null];

/** No edits: the same array each time. */
export const NO_EDITS: readonly HeaderEdit[] = Object.freeze([]);

/**
 * What changes on the headers of a call to a governed service or an internal host (lane semantics, section 4): the lane
 * in its header and as a baggage member and nowhere else, stale labels removed, propagated headers where the application
 * did not set them itself. `own` reads a header that the application set, by lower-case name. Never for other hosts.
 */
export function sentHeaders(
  rules: Rules,
  lane: string,
  inbound: RequestView | undefined,
  own: (name: string) => string | undefined,
): readonly HeaderEdit[] {
  const edits: HeaderEdit[] = [];
  const label = own(LANE_HEADER);
  const baggage = own('baggage');
  if (lane !== '') {
    if (label !== lane) edits.push([LANE_HEADER, lane]);
    edits.push(['baggage', withLane(baggage, lane) as string]);
  } else {
    if (label !== undefined) edits.push([LANE_HEADER, null]);
    if (baggage !== undefined && hasLaneMember(baggage)) edits.push(['baggage', withLane(baggage, '') ?? null]);
  }
  for (const name of rules.laneHeaders) if (own(name) !== undefined) edits.push([name, null]);
  if (inbound) {
    for (const name of rules.propagate) {
      const value = own(name) === undefined ? inbound.header(name) : undefined;
      if (value !== undefined) edits.push([name, value]);
    }
  }
  return edits.length === 0 ? NO_EDITS : edits;
}

/**
 * The request as the routes of the called service see it: the call's own headers and, under them, the inbound ones that
 * are propagated.
 */
export function callView(rules: Rules, call: RequestView, inbound: RequestView | undefined): RequestView {
  if (!inbound || rules.propagate.length === 0) return call;
  return {
    method: call.method,
    url: call.url,
    caller: call.caller,
    clientIp: call.clientIp,
    header: (name) => call.header(name) ?? (rules.propagate.includes(name) ? inbound.header(name) : undefined),
  };
}
