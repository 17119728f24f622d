import { ALL_POINTS, bucketLimit } from './percent.ts';

/** The headers of W3C trace context. */
export const TRACEPARENT_HEADER = 'traceparent';
export const TRACESTATE_HEADER = 'tracestate';

/** Which trace a request belongs to, and the span that sent it. */
export interface TraceParent {
  readonly trace: string;
  readonly span: string;
  readonly isSampled: boolean;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NOUGHT = /^0+$/;
const SAMPLED = 1;

/** Reads `traceparent`; undefined: it is not in form, and counts as not set. Later versions may have more at the end. */
export function parseTraceparent(header: string): TraceParent | undefined {
  if (header.length > 512) return undefined;
  const [, version, trace = '', span = '', flags = '', more] = FORM.exec(header) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (NOUGHT.test(trace) || NOUGHT.test(span)) return undefined;
  return { trace, span, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** The header. */
export function traceparent({ trace, span, isSampled }: TraceParent): string {
  return `00-${trace}-${span}-0${isSampled ? SAMPLED : 0}`;
}

/** Whether a trace is among so many: decided by its id alone, and so alike at all hops. */
export function isTraceKept(trace: string, points: number): boolean {
  return points >= ALL_POINTS || Number.parseInt(trace.slice(-8), 16) < bucketLimit(points);
}
