/** How events of one kind fell on two sides: of `canary` and `base` requests, so many were such events. */
export interface Allocation {
  readonly canary: number;
  readonly base: number;
  readonly canaryEvents: number;
  readonly baseEvents: number;
}

/**
 * Evidence that events fall on the canary more or less often than its share of the requests tells: the mixture likelihood
 * ratio of a binomial, with a uniform prior. Where both sides are alike, each event falls on the canary with its share of
 * the requests, however rare events are; the chance that the evidence ever reaches `1 / a` is then at most `a` (Ville's
 * inequality), so one may look as often as one likes while requests are added. Natural logarithm; 0 where a side is empty.
 *
 * Robbins, "Statistical methods related to the law of the iterated logarithm" (1970), beta-binomial mixture; Johari,
 * Pekelis, Walsh, "Always valid inference" (2015).
 */
export function logEvidence({ canary, base, canaryEvents, baseEvents }: Allocation): number {
  if (canary === 0 || base === 0) return 0;
  const share = canary / (canary + base);
  const alike = canaryEvents * Math.log(share) + baseEvents * Math.log1p(-share);
  return logBeta(canaryEvents + 1, baseEvents + 1) - alike;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Terms of Stirling's series, and from where on it is exact to more digits than are needed. */
const SERIES = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680];
const SERIES_FROM = 10;

/** ln of the gamma function, for `x > 0`; absolute error below 1e-9 (Abramowitz, Stegun, 6.1.41, with the recurrence 6.1.15). */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < SERIES_FROM; z++) shift += Math.log(z);
  const tail = SERIES.reduce((sum, term, i) => sum + term / z ** (2 * i + 1), 0);
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + tail - shift;
}
