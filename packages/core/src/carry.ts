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
 * did not set them itself, which is what `call` shows. Never for other hosts.
 */
export function sentHeaders(
  { laneHeaders, propagate }: Rules,
  lane: string,
  inbound: RequestView | undefined,
  call: RequestView,
): readonly HeaderEdit[] {
  const labels = lane === '' ? withoutLabel(call) : withLabel(call, lane);
  if (laneHeaders.length === 0 && (!inbound || propagate.length === 0)) return labels;
  const edits = [...labels];
  for (const name of laneHeaders) if (call.header(name) !== undefined) edits.push([name, null]);
  for (const name of inbound ? propagate : []) {
    const value = call.header(name) === undefined ? inbound?.header(name) : undefined;
    if (value !== undefined) edits.push([name, value]);
  }
  return edits;
}

function withLabel(call: RequestView, lane: string): readonly HeaderEdit[] {
  const baggage: HeaderEdit = ['baggage', withLane(call.header('baggage'), lane) as string];
  return call.header(LANE_HEADER) === lane ? [baggage] : [[LANE_HEADER, lane], baggage];
}

/** Nothing is made for a call that has no label, as nearly all are. */
function withoutLabel(call: RequestView): readonly HeaderEdit[] {
  const baggage = call.header('baggage');
  const isStale = call.header(LANE_HEADER) !== undefined;
  const isStaleBaggage = baggage !== undefined && hasLaneMember(baggage);
  if (!isStale && !isStaleBaggage) return NO_EDITS;
  const label: HeaderEdit[] = isStale ? [[LANE_HEADER, null]] : [];
  return isStaleBaggage ? [...label, ['baggage', withLane(baggage, '') ?? null]] : label;
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
