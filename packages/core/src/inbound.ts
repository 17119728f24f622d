import { carriedLabel } from './label.ts';
import type { Dice, RequestView } from './request-view.ts';
import { isLaneDisabled, type Rules } from './rules.ts';
import { offText, type Place } from './switch.ts';
import type { Trace } from './trace.ts';

/** The instance at which something is decided. */
export interface Self extends Place {
  /** Its own lane; empty: base. */
  readonly lane: string;
}

/** Which lane a request has, and why. */
export interface InboundDecision {
  readonly lane: string;
  /** `carried`, `carried-unknown`, `dyed`, `entry:<lane>`, `base`, or `off` where the namespace, the service or the instance is. */
  readonly reason: string;
  /** A label was there and counts as not set: malformed, there twice, or not trusted at an edge. To be counted. */
  readonly dropped: boolean;
}

const OFF: InboundDecision = Object.freeze({ lane: '', reason: 'off', dropped: false });
const BASE: InboundDecision = Object.freeze({ lane: '', reason: 'base', dropped: false });

/**
 * Decides the lane of a request at an instance (lane semantics, section 2). `request` null: work that no request
 * started. `dice` is asked only by percentages without a sticky key.
 */
export function inboundLane(
  rules: Rules,
  self: Self,
  request: RequestView | null,
  dice: Dice,
  trace?: Trace,
): InboundDecision {
  if (rules.off !== undefined) {
    trace?.({ step: 'switch', taken: true, text: `${offText(rules.off, self)}: nothing is governed` });
    return OFF;
  }
  const carried = request ? readCarried(rules, self, request, trace) : undefined;
  const dropped = carried?.dropped ?? false;
  if (carried?.decision) return carried.decision;
  if (isDyeing(rules, self, trace)) return { lane: self.lane, reason: 'dyed', dropped };
  const lane = request ? entryLane(rules, self.service, request, dice, trace) : undefined;
  if (lane !== undefined) return { lane, reason: `entry:${lane}`, dropped };
  trace?.({ step: 'base', taken: true, text: 'nothing gives the request a lane: base' });
  return dropped ? { ...BASE, dropped } : BASE;
}

interface Carried {
  readonly decision: InboundDecision | undefined;
  readonly dropped: boolean;
}

const NOTHING: Carried = Object.freeze({ decision: undefined, dropped: false });

function readCarried(rules: Rules, self: Self, request: RequestView, trace?: Trace): Carried {
  const { label, malformed } = carriedLabel(request, rules.laneHeaders);
  if (malformed) {
    trace?.({
      step: 'label',
      taken: false,
      text: 'a label is malformed, or there more than once: it counts as not set',
    });
  }
  if (label === undefined) {
    if (malformed) return { decision: undefined, dropped: true };
    trace?.({ step: 'label', taken: false, text: 'the request carries no label' });
    return NOTHING;
  }
  if (rules.edges.has(self.service)) {
    trace?.({ step: 'edge', taken: true, text: `${self.service} is an edge: label ${label} from outside is dropped` });
    return { decision: undefined, dropped: true };
  }
  if (isLaneDisabled(rules, label)) {
    trace?.({ step: 'label', taken: false, text: `the request carries ${label}, but that lane is disabled` });
    return { decision: undefined, dropped: malformed };
  }
  const reason = rules.lanes.has(label) ? 'carried' : 'carried-unknown';
  trace?.({
    step: 'label',
    taken: true,
    text: `the request carries ${label}${reason === 'carried' ? '' : ', a lane without a resource'}`,
  });
  return { decision: { lane: label, reason, dropped: malformed }, dropped: malformed };
}

function isDyeing(rules: Rules, self: Self, trace?: Trace): boolean {
  if (self.lane === '') {
    trace?.({ step: 'dye', taken: false, text: 'the instance has no lane of its own' });
    return false;
  }
  const taken = !isLaneDisabled(rules, self.lane);
  const why = taken ? 'what flows through it is dyed' : 'that lane is disabled: nothing is dyed';
  trace?.({ step: 'dye', taken, text: `the instance is in lane ${self.lane}; ${why}` });
  return taken;
}

/**
 * The lane that entry rules and splits give a request at a service or gateway, which is named in full; undefined: none
 * matches. For gateways, which have no instance of their own.
 */
export function entryLane(
  rules: Rules,
  service: string,
  request: RequestView,
  dice: Dice,
  trace?: Trace,
): string | undefined {
  const entries = rules.entries.get(service) ?? [];
  if (entries.length === 0) trace?.({ step: 'entry', taken: false, text: `no entry rule names ${service}` });
  for (const entry of entries) {
    const lane = entry.choose(request, dice);
    trace?.({
      step: 'entry',
      taken: lane !== undefined,
      text: lane === undefined ? `${entry.name} does not match` : `${entry.name} gives lane ${lane}`,
    });
    if (lane !== undefined) return lane;
  }
  return undefined;
}
