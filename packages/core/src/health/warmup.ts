import type { WarmupPolicy } from '../policy.ts';

/**
 * Share of its own weight that an instance has `elapsedMs` after traffic could first reach it:
 * `max(floor, (elapsed / duration) ^ curve)`, 1 once the duration is over.
 *
 *     60 s, curve 2, floor 10 %:  0 s -> 0.1   30 s -> 0.25   60 s -> 1
 */
export function warmupShare({ durationMs, curve, floor }: WarmupPolicy, elapsedMs: number): number {
  if (!(elapsedMs < durationMs)) return 1;
  return Math.max(floor, (Math.max(0, elapsedMs) / durationMs) ** curve);
}
