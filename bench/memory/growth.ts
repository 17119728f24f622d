import { type Quartiles, quartiles } from '../quartiles.ts';

/** What a process held after so many requests, its garbage collected. */
export interface Point {
  readonly requests: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** Growth is told for so many requests. */
export const PER_REQUESTS = 100_000;

/**
 * Bytes by which a process grew per {@link PER_REQUESTS}, over the second half of its points: quartiles of the slopes
 * between every two of them, of which the median is the estimator of Theil and Sen. At least three points.
 */
export function growth(points: readonly Point[], bytes: 'heapBytes' | 'rssBytes'): Quartiles {
  const half = points.slice(Math.floor((points.length - 1) / 2));
  const slopes = half.flatMap((from, i) =>
    half.slice(i + 1).map((to) => ((to[bytes] - from[bytes]) * PER_REQUESTS) / (to.requests - from.requests)),
  );
  return quartiles(slopes);
}
