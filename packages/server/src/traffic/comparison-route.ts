import { COMPARISON_LIMITS, type ComparisonLimits, compare } from '@fairway/control';
import type { LaneComparison } from '@fairway/model';
import type { Route } from '../http/route.ts';
import { modelSchema, objectSchema, text } from '../http/schema.ts';
import type { LossesBySide } from '../release/side-losses.ts';
import type { Pacer } from './pacer.ts';
import type { TrafficBook } from './traffic-book.ts';
import { DURATION, MAX_WINDOW_MS, MIN_WINDOW_MS, windowOf } from './window.ts';

export interface ComparisonRouteParts {
  readonly book: TrafficBook;
  readonly losses: LossesBySide;
  readonly pacer: Pacer;
  /** @throws FairwayError FAIRWAY_NOT_FOUND */
  stored(key: string): { readonly updatedAt: string };
}

type Query = Partial<ComparisonLimits> & {
  readonly namespace: string;
  readonly lane: string;
  readonly window?: string;
};

/** Judges a lane against base. */
export function comparisonRoute({ book, losses, pacer, stored }: ComparisonRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/comparison',
    access: 'viewer',
    summary:
      'Compares a lane with base over the same time, service by service: errors, lost calls and latencies. Without `window`: since the lane was changed.',
    query: objectSchema({
      namespace: text(64),
      lane: text(64),
      'window?': DURATION,
      'minRequests?': { type: 'integer', minimum: 1, maximum: 1e9, description: 'that each side must have had' },
      'errorMargin?': { type: 'number', minimum: 0, maximum: 1, description: 'allowed, of all requests: 0.005' },
      'lossMargin?': { type: 'number', minimum: 0, maximum: 1, description: 'allowed, of all requests: 0.001' },
      'latencyMargin?': {
        type: 'number',
        minimum: 0,
        maximum: 100,
        description: 'allowed, of the latency of base: 0.1',
      },
      'latencyFloorMs?': { type: 'number', minimum: 0, maximum: 1e6, description: 'allowed in any case: 5' },
      'falseAlarms?': { type: 'number', minimum: 1e-9, maximum: 0.5, description: 'chance of one, a service: 0.01' },
    }),
    answer: modelSchema('LaneComparison'),
    handle(request) {
      const { namespace, lane, window, ...limits } = request.query as Query;
      const { updatedAt } = stored(`${namespace}/Lane/${lane}`);
      pacer.watched();
      const endMs = book.window(0).toMs;
      const sinceMs = Math.min(MAX_WINDOW_MS, Math.max(MIN_WINDOW_MS, Math.round(endMs - Date.parse(updatedAt))));
      const windowMs = window === undefined ? sinceMs : windowOf(window, MAX_WINDOW_MS);
      const within = { fromMs: endMs - windowMs, toMs: endMs };
      const traffic = book.rollup.sides(within, namespace, lane);
      const seen = { ...traffic, losses: losses.of(traffic.sides.keys(), lane, within), windowMs };
      const compared = compare(seen, { ...COMPARISON_LIMITS, ...limits });
      return { namespace, lane, at: new Date(endMs).toISOString(), windowMs, ...compared } satisfies LaneComparison;
    },
  };
}
