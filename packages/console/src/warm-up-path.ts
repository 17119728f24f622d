import { warmupShare } from '@fairway/core';

const STEPS = 24;

/** The curve of a warm-up as the path of a picture: time to the right, the share of the weight upwards. */
export function warmupPath(policy: Parameters<typeof warmupShare>[0], width: number, height: number): string {
  const points = Array.from({ length: STEPS + 1 }, (_, step) => {
    const share = warmupShare(policy, (policy.durationMs * step) / STEPS);
    return `${((width * step) / STEPS).toFixed(1)},${(height * (1 - share)).toFixed(1)}`;
  });
  return `M${points.join('L')}`;
}
