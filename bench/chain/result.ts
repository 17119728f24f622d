import { type Quartiles, quartiles } from '../quartiles.ts';
import type { Sample } from './measure.ts';

type Figures = Readonly<Record<keyof Sample, Quartiles>>;

/** One variant's figures: as they were, and against `bare` in the same round. */
export interface ChainResult {
  readonly variant: string;
  readonly values: Figures;
  readonly ratios: Figures;
  /** What the variant adds to the 99th percentile at the fixed rate. */
  readonly addedP99Micros: Quartiles;
}

/** A variant that could not be measured here. */
export interface LeftOut {
  readonly variant: string;
  readonly leftOut: string;
}

function figures(metrics: readonly (keyof Sample)[], of: (metric: keyof Sample) => number[]): Figures {
  return Object.fromEntries(metrics.map((metric) => [metric, quartiles(of(metric))])) as Figures;
}

/** Sums up the rounds of a variant. `bare`: the samples of the same rounds that it is compared with. */
export function resultOf(variant: string, mine: readonly Sample[], bare: readonly Sample[]): ChainResult {
  const metrics = Object.keys(mine[0] as Sample) as (keyof Sample)[];
  const pairs = mine.map((sample, round) => [sample, bare[round] as Sample] as const);
  return {
    variant,
    values: figures(metrics, (metric) => mine.map((sample) => sample[metric])),
    ratios: figures(metrics, (metric) => pairs.map(([sample, other]) => sample[metric] / (other[metric] || 1))),
    addedP99Micros: quartiles(pairs.map(([sample, other]) => sample.p99Micros - other.p99Micros)),
  };
}
