import { MIB, spread, table } from '../markdown.ts';
import type { ChainResult, LeftOut } from './result.ts';

const HEAD = [
  '',
  'CPU per request',
  'throughput',
  'p50 at 1,000/s',
  'p99 at 1,000/s',
  'added p99',
  'CPU per request, µs',
  'services alone, µs',
  'RSS',
] as const;

function row(result: ChainResult | LeftOut): string[] {
  if ('leftOut' in result) return [result.variant, `left out: ${result.leftOut}`, ...HEAD.slice(2).map(() => '–')];
  const { variant, ratios, values, addedP99Micros } = result;
  return [
    variant,
    spread(ratios.cpuMicrosPerRequest, 2),
    spread(ratios.requestsPerSecond, 2),
    `${(values.p50Micros.p50 / 1000).toFixed(2)} ms`,
    `${(values.p99Micros.p50 / 1000).toFixed(2)} ms`,
    `${spread(addedP99Micros, 2, 1000)} ms`,
    values.cpuMicrosPerRequest.p50.toFixed(0),
    values.serviceCpuMicrosPerRequest.p50.toFixed(0),
    `${(values.rssBytes.p50 / MIB).toFixed(0)} MiB`,
  ];
}

/** One line for each variant; ratios and differences are against `bare` in the same round. */
export function chainTable(results: readonly (ChainResult | LeftOut)[]): string {
  return table(HEAD, results.map(row));
}
