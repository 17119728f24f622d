import type { HopNode, RequestTrace } from '@fairway/model';

/** A hop as one line: how deep it stands, and when it was, as shares of the whole request. */
export interface WaterfallRow {
  readonly hop: HopNode;
  readonly depth: number;
  readonly left: number;
  readonly width: number;
}

/**
 * The hops of a request, each under what led to it. When a hop began is known by the clock of its own process alone: a call is placed within
 * the request that it was made for by that, and a request in the middle of the call that led to it.
 */
export function waterfallRows({ roots }: Pick<RequestTrace, 'roots'>): WaterfallRow[] {
  const placed: { hop: HopNode; depth: number; fromMs: number }[] = [];
  const add = (hop: HopNode, depth: number, fromMs: number) => {
    placed.push({ hop, depth, fromMs });
    for (const child of hop.children) add(child, depth + 1, Math.max(0, fromMs + offsetMs(hop, child)));
  };
  const firstMs = Math.min(...roots.map(({ afterMs }) => afterMs));
  for (const root of roots) add(root, 0, root.afterMs - firstMs);
  const wholeMs = Math.max(Number.EPSILON, ...placed.map(({ hop, fromMs }) => fromMs + hop.tookMs));
  return placed.map(({ hop, depth, fromMs }) => ({ hop, depth, left: fromMs / wholeMs, width: hop.tookMs / wholeMs }));
}

function offsetMs(parent: HopNode, child: HopNode): number {
  const isSameClock = parent.instance === child.instance;
  return isSameClock ? child.afterMs - parent.afterMs : (parent.tookMs - child.tookMs) / 2;
}
