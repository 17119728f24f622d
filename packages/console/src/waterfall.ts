import type { HopNode, RequestTrace } from '@fairway/model';

/** A hop as one line: how deep it stands, and when it was, as shares of the whole request. */
export interface WaterfallRow {
  readonly hop: HopNode;
  readonly depth: number;
  readonly left: number;
  readonly width: number;
}

/** The hops of a request, each under what led to it. What clocks make stick out is cut at the edges. */
export function waterfallRows({ roots, tookMs }: Pick<RequestTrace, 'roots' | 'tookMs'>): WaterfallRow[] {
  const rows: WaterfallRow[] = [];
  const wholeMs = Math.max(tookMs, Number.EPSILON);
  const add = (hop: HopNode, depth: number) => {
    const left = Math.min(Math.max(hop.afterMs / wholeMs, 0), 1);
    rows.push({ hop, depth, left, width: Math.min(hop.tookMs / wholeMs, 1 - left) });
    for (const child of hop.children) add(child, depth + 1);
  };
  for (const root of roots) add(root, 0);
  return rows;
}
