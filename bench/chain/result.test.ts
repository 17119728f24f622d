import { expect, it } from 'vitest';
import type { Sample } from './measure.ts';
import { resultOf } from './result.ts';
import { chainTable } from './table.ts';

function samples(...figures: readonly Pick<Sample, 'cpuMicrosPerRequest' | 'p99Micros'>[]): Sample[] {
  const rest = { requestsPerSecond: 1000, p50Micros: 500, lateP50Micros: 60, lateP99Micros: 90, rssBytes: 2 ** 20 };
  return figures.map((own) => ({ ...rest, serviceCpuMicrosPerRequest: own.cpuMicrosPerRequest, ...own }));
}

const bare = samples(
  { cpuMicrosPerRequest: 100, p99Micros: 1000 },
  { cpuMicrosPerRequest: 400, p99Micros: 9000 },
  { cpuMicrosPerRequest: 200, p99Micros: 3000 },
);
const slower = samples(
  { cpuMicrosPerRequest: 110, p99Micros: 1100 },
  { cpuMicrosPerRequest: 480, p99Micros: 9050 },
  { cpuMicrosPerRequest: 260, p99Micros: 2980 },
);

it('compares within a round, and sums up over the rounds', () => {
  const { ratios, addedP99Micros } = resultOf('slower', slower, bare);
  expect(ratios.cpuMicrosPerRequest).toEqual({ p25: 1.2, p50: 1.2, p75: 1.3 });
  expect(ratios.requestsPerSecond.p50).toBe(1);
  expect(addedP99Micros).toEqual({ p25: 50, p50: 50, p75: 100 });
});

it('shows each variant in a line, and why one was left out', () => {
  const lines = chainTable([resultOf('slower', slower, bare), { variant: 'other', leftOut: 'not here' }]).split('\n');
  expect(lines[2]).toBe(
    '| slower | 1.20 [1.20–1.30] | 1.00 [1.00–1.00] | 0.50 ms | 2.98 ms | 0.05 [0.05–0.10] ms | 260 | 260 | 1 MiB |',
  );
  expect(lines[3]).toBe('| other | left out: not here | – | – | – | – | – | – | – |');
});
