import { TRAFFIC_LEVELS } from '@fairway/control';
import { DURATION_PATTERN, durationMs, invalid } from '@fairway/model';

/** How a query names a time. */
export const DURATION = {
  type: 'string',
  pattern: DURATION_PATTERN,
  description: 'how long, as 60s, 5m or 24h',
};
export const MIN_WINDOW_MS = 1_000;
export const MAX_WINDOW_MS = TRAFFIC_LEVELS['5m'].keepMs;

/** A window of a query, in milliseconds. @throws FairwayError FAIRWAY_INVALID */
export function windowOf(text: string, maxMs: number): number {
  const ms = durationMs(text);
  if (ms >= MIN_WINDOW_MS && ms <= maxMs) return ms;
  const expected = `at least 1s and at most ${maxMs / 1000}s`;
  throw invalid('the query', [{ path: 'window', found: text, expected }]);
}
