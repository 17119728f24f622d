import type { TrafficEdge } from '@fairway/model';

/** Where a service is drawn: column and row. */
export interface Spot {
  readonly column: number;
  readonly row: number;
}

/**
 * Columns by the longest way from a service that nobody calls; what calls in circles is cut where the walk meets itself.
 * Rows by name.
 */
export function placed(services: readonly string[], edges: readonly Pick<TrafficEdge, 'from' | 'to'>[]) {
  const callers = new Map<string, Set<string>>(services.map((service) => [service, new Set()]));
  for (const { from, to } of edges) if (from !== to && callers.has(from)) callers.get(to)?.add(from);
  const columns = new Map<string, number>();
  const columnOf = (service: string, path: ReadonlySet<string>): number => {
    const known = columns.get(service);
    if (known !== undefined) return known;
    const inner = new Set([...path, service]);
    const before = [...(callers.get(service) ?? [])].filter((caller) => !inner.has(caller));
    const column = Math.max(-1, ...before.map((caller) => columnOf(caller, inner))) + 1;
    columns.set(service, column);
    return column;
  };
  const rows: number[] = [];
  const spots = new Map<string, Spot>();
  for (const service of [...services].sort()) {
    const column = columnOf(service, new Set());
    const row = rows[column] ?? 0;
    rows[column] = row + 1;
    spots.set(service, { column, row });
  }
  return { spots, columns: rows.length, rows: Math.max(0, ...rows.filter((count) => count !== undefined)) };
}
