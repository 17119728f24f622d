/** How many of the requests that could have become gray did. */
export interface Share {
  readonly gray: number;
  readonly of: number;
}

/** A measured share beside what was asked for. All as fractions of 1. */
export interface Comparison {
  readonly measured: number;
  readonly expected: number;
  /** 95 % of correct runs measure a share in here. */
  readonly low: number;
  readonly high: number;
  /** Inside what 9,999 of 10,000 correct runs measure. */
  readonly plausible: boolean;
}

const Z_95 = 1.96;
const Z_9999 = 3.891;

/**
 * Compares by the normal approximation of the binomial: `expected ± z * sqrt(expected * (1 - expected) / n)`.
 * The narrow interval is for the reader. One correct run in twenty is outside of it, so only the wide one is a verdict.
 */
export function compareShare({ gray, of }: Share, expected: number): Comparison {
  const measured = of === 0 ? 0 : gray / of;
  const deviation = Math.sqrt((expected * (1 - expected)) / Math.max(of, 1));
  return {
    measured,
    expected,
    low: Math.max(0, expected - Z_95 * deviation),
    high: Math.min(1, expected + Z_95 * deviation),
    plausible: of > 0 && Math.abs(measured - expected) <= Z_9999 * deviation,
  };
}
