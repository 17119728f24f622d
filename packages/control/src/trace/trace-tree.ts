import type { Hop, HopNode } from '@fairway/model';

/** A hop as the control plane keeps it. */
export interface KeptHop {
  readonly hop: Omit<Hop, 'agoMs' | 'trace'>;
  /** When it began, by the clock of the control plane. */
  readonly atMs: number;
  /** Who told of it. */
  readonly service: string;
  readonly instance: string;
  readonly instanceLane: string;
}

/**
 * The hops of a request below what led to them, each list in the order in which they began. Those whose cause is not known
 * are roots; of hops that name each other as their cause, the first is.
 */
export function treeOf(hops: readonly KeptHop[], beganMs: number): HopNode[] {
  const sorted = [...hops].sort((a, b) => a.atMs - b.atMs);
  const known = new Set(sorted.map(({ hop }) => hop.id));
  const below = new Map<string, KeptHop[]>();
  const roots: KeptHop[] = [];
  for (const kept of sorted) {
    const { parent, id } = kept.hop;
    if (parent === undefined || parent === id || !known.has(parent)) roots.push(kept);
    else below.set(parent, [...(below.get(parent) ?? []), kept]);
  }
  const placed = new Set<KeptHop>();
  const nodeOf = (kept: KeptHop): HopNode => {
    placed.add(kept);
    const children = (below.get(kept.hop.id) ?? []).filter((child) => !placed.has(child)).map(nodeOf);
    const { hop, atMs, service, instance, instanceLane } = kept;
    return { ...hop, service, instance, instanceLane, afterMs: atMs - beganMs, children };
  };
  const nodes = roots.map(nodeOf);
  for (const kept of sorted) if (!placed.has(kept)) nodes.push(nodeOf(kept));
  return nodes;
}

/** Whether each call that went to an instance that tells of requests was told of by it. */
export function isComplete(hops: readonly KeptHop[], tells: (instance: string) => boolean): boolean {
  const causes = new Set(hops.map(({ hop }) => (hop.kind === 'served' ? hop.parent : undefined)));
  const ids = new Set(hops.map(({ hop }) => hop.id));
  const isAnswered = ({ hop: { id, kind, parent, attempts } }: KeptHop): boolean => {
    if (kind === 'served') return parent === undefined || ids.has(parent);
    const last = attempts.at(-1);
    const isCauseKnown = parent === undefined || ids.has(parent);
    return (
      isCauseKnown && (last === undefined || last.outcome === 'refused' || causes.has(id) || !tells(last.instance))
    );
  };
  return hops.length > 0 && hops.every(isAnswered);
}
