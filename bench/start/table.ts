import { MIB, spread, table } from '../markdown.ts';
import type { StartResult } from './main.ts';

/** One line for each way to start. */
export function startTable(results: readonly StartResult[]): string {
  const rows = results.map(({ variant, listeningMs, rssBytes }) => [
    variant,
    `${spread(listeningMs, 0)} ms`,
    `${(rssBytes.p50 / MIB).toFixed(0)} MiB`,
  ]);
  return table(['', 'until it listens', 'RSS then'], rows);
}
