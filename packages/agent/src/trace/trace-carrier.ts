import {
  FOLLOW_HEADER,
  type FollowClaim,
  followHeader,
  type HeaderEdit,
  NO_EDITS,
  parseTraceparent,
  type RequestView,
  TRACEPARENT_HEADER,
  TRACESTATE_HEADER,
  traceparent,
} from '@fairway/core';
import { randomId } from './random-id.ts';

/** How a trace goes on from process to process. */
export interface TraceCarrier {
  readonly trace: string;
  /** The hop that sent the request; undefined: none is known. */
  readonly parent: string | undefined;
  /** What changes on the headers of a call. `hop`: what is written down of it; undefined: nothing is. */
  edits(hop: string | undefined, call: RequestView): readonly HeaderEdit[];
}

/** The header of a request that is followed; it goes no further than hops that are written down. */
export function followCarrier(claim: FollowClaim): TraceCarrier {
  return {
    trace: claim.id,
    parent: claim.parent,
    edits: (hop, call) => (hop === undefined ? withoutFollow(call) : [[FOLLOW_HEADER, followHeader(claim, hop)]]),
  };
}

/** What takes away the header of a request that is not followed. */
export function withoutFollow(call: RequestView): readonly HeaderEdit[] {
  return call.header(FOLLOW_HEADER) === undefined ? NO_EDITS : [[FOLLOW_HEADER, null]];
}

/** W3C trace context, as the request brought it, or begun here. What the application sets itself stays. */
export function contextCarrier(
  request: RequestView,
  isKept: (trace: string) => boolean,
): TraceCarrier & { isKept: boolean } {
  const brought = parseTraceparent(request.header(TRACEPARENT_HEADER) ?? '');
  const trace = brought?.trace ?? randomId(16);
  const state = brought && request.header(TRACESTATE_HEADER);
  const kept = isKept(trace);
  return {
    trace,
    parent: brought?.span,
    isKept: kept,
    edits(hop, call) {
      if (call.header(TRACEPARENT_HEADER) !== undefined) return NO_EDITS;
      const span = hop ?? brought?.span ?? randomId(8);
      const header: HeaderEdit = [
        TRACEPARENT_HEADER,
        traceparent({ trace, span, isSampled: kept || brought?.isSampled === true }),
      ];
      return state === undefined ? [header] : [header, [TRACESTATE_HEADER, state]];
    },
  };
}
