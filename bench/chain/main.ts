// The chain of three services, once for each variant, all alive at once: short bursts in random order, ratios within a
// round.
import { FairwayError } from '@fairway/model';
import { type ControlPlane, startControlPlane } from '../control-plane.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import type { Runtime } from '../runtime.ts';
import { type Chain, Fleet } from './fleet.ts';
import { type Sample, sample, shuffled } from './measure.ts';
import { type ChainResult, type LeftOut, resultOf } from './result.ts';
import { type Variant, variants } from './variant.ts';

export interface ChainOptions {
  readonly rounds: number;
  /** Parts of the names of the variants wanted; empty: all. `bare` is always among them. */
  readonly only: readonly string[];
  readonly tell: (text: string) => void;
}

function wanted(all: readonly Variant[], only: readonly string[]): readonly Variant[] {
  return all.filter(({ name }, i) => i === 0 || only.length === 0 || only.some((part) => name.includes(part)));
}

/** Measures the variants on one Node.js. */
export async function measureChain(runtime: Runtime, options: ChainOptions): Promise<(ChainResult | LeftOut)[]> {
  const plane = await startControlPlane();
  const fleet = new Fleet(runtime.execPath);
  try {
    const chains: Chain[] = [];
    const leftOut: LeftOut[] = [];
    for (const variant of wanted(variants(plane.link), options.only)) {
      options.tell(`starting ${variant.name}`);
      const started = await startOrLeaveOut(fleet, variant, runtime.major);
      if ('leftOut' in started) leftOut.push(started);
      else chains.push(started);
    }
    await allReady(plane, chains);
    for (const chain of chains) await chain.prove();
    return [...(await measureAll(chains, options)), ...leftOut];
  } finally {
    await fleet.stop();
    await plane.close();
  }
}

async function startOrLeaveOut(fleet: Fleet, variant: Variant, nodeMajor: number): Promise<Chain | LeftOut> {
  try {
    return await fleet.start(variant, nodeMajor);
  } catch (error) {
    if (!(error instanceof FairwayError) || error.code !== 'FAIRWAY_ENVIRONMENT') throw error;
    return { variant: variant.name, leftOut: error.message };
  }
}

async function allReady(plane: ControlPlane, chains: readonly Chain[]): Promise<void> {
  const governed = chains.filter(({ variant }) => variant.nameOf).length;
  await plane.ready(3 * governed);
}

async function measureAll(chains: readonly Chain[], { rounds, tell }: ChainOptions): Promise<ChainResult[]> {
  const generator = await LoadGenerator.start();
  try {
    const samples = new Map<Chain, Sample[]>(chains.map((chain) => [chain, []]));
    for (const chain of chains) await sample(chain, generator);
    for (let round = 1; round <= rounds; round++) {
      tell(`round ${round} of ${rounds}`);
      for (const chain of shuffled(chains, Math.random)) samples.get(chain)?.push(await sample(chain, generator));
    }
    const bare = samples.get(chains[0] as Chain) as Sample[];
    return chains.map((chain) => resultOf(chain.name, samples.get(chain) as Sample[], bare));
  } finally {
    await generator.stop();
  }
}
