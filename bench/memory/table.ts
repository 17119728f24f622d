import { KIB, MIB, spread, table } from '../markdown.ts';
import type { Point } from './growth.ts';
import type { MemoryResult } from './main.ts';

function at(points: readonly Point[], share: number): Point {
  return points[Math.round(share * (points.length - 1))] as Point;
}

/** One line for each process. */
export function memoryTable(results: readonly MemoryResult[]): string {
  const head = [
    '',
    'heap at half',
    'at the end',
    'heap growth per 100,000 requests',
    'RSS at half',
    'at the end',
    'RSS growth per 100,000 requests',
  ];
  const rows = results.map(({ variant, points, heapGrowth, rssGrowth }) => {
    const [half, end] = [at(points, 0.5), at(points, 1)];
    const mib = (bytes: number) => `${(bytes / MIB).toFixed(2)} MiB`;
    return [
      variant,
      mib(half.heapBytes),
      mib(end.heapBytes),
      `${spread(heapGrowth, 1, KIB)} KiB`,
      mib(half.rssBytes),
      mib(end.rssBytes),
      `${spread(rssGrowth, 1, KIB)} KiB`,
    ];
  });
  const { instances, lanes } = results[0]?.changes ?? { instances: 0, lanes: 0 };
  const changes = `Meanwhile ${instances.toLocaleString('en')} instances came and went, ${lanes} lanes were made and deleted.`;
  return `${table(head, rows)}\n\n${changes}`;
}
