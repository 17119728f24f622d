/** How often agents report traffic that were told nothing else. */
export const DEFAULT_PACE_MS = 5_000;

/**
 * How calls ended: the class of their status (of gRPC: of the HTTP status that it means), or what came instead of one.
 * `abandoned`: the application gave up. `none`: no instance could take it.
 */
export const OUTCOMES = [
  '1xx',
  '2xx',
  '3xx',
  '4xx',
  '5xx',
  'refused',
  'reset',
  'timeout',
  'abandoned',
  'none',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Outcomes that count as errors. What was the caller's own doing (4xx, abandoned) is none. */
export const ERROR_OUTCOMES: ReadonlySet<string> = new Set<Outcome>(['5xx', 'refused', 'reset', 'timeout', 'none']);
