import { expect, it } from 'vitest';
import { type Size, simulate } from './simulate.ts';

/** More for the nightly form: `make simulate SEEDS=10000`. */
const SEEDS = Number(process.env['FAIRWAY_SIMULATION_SEEDS'] ?? 200);
const FIRST = Number(process.env['FAIRWAY_SIMULATION_FIRST'] ?? 1);

const LARGE: Size = { services: 4, callers: 2, instances: 600, disturbances: 60, callsPerSecond: 20 };

function smallSize(seed: number): Size {
  return {
    services: 1 + (seed % 2),
    callers: 1 + (seed % 4),
    instances: 1 + (seed % 11),
    disturbances: 10 + (seed % 40),
    callsPerSecond: 4 + (seed % 8),
  };
}

function run(seed: number, size: Size) {
  try {
    return simulate(seed, size);
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
  }
}

it(`holds its promises in ${SEEDS} small worlds`, { timeout: 60_000 + SEEDS * 500 }, () => {
  const total = { calls: 0, ejected: 0 };
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const tally = run(seed, smallSize(seed));
    total.calls += tally.calls;
    total.ejected += tally.ejected;
  }
  expect(total.calls).toBeGreaterThan(SEEDS * 500);
  expect(total.ejected).toBeGreaterThan(SEEDS / 10);
});

it('and with thousands of instances', { timeout: 120_000 }, () => {
  expect(run(FIRST, LARGE).calls).toBeGreaterThan(10_000);
});
