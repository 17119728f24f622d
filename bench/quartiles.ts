/** Of a list of values: half of them lie between `p25` and `p75`. */
export interface Quartiles {
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
}

/** Quartiles of a list that is not empty. */
export function quartiles(values: readonly number[]): Quartiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))] as number;
  return { p25: at(0.25), p50: at(0.5), p75: at(0.75) };
}
