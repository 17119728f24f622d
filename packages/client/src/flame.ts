import type { CpuProfile } from '@fairway/model';

/** A function in a flame graph: the time in it, with that of what it called. Its children are the functions that it called. */
export interface Flame {
  readonly name: string;
  /** Where it was written, as `file:line`; empty: nowhere, as for `(idle)`. */
  readonly at: string;
  readonly totalMs: number;
  readonly selfMs: number;
  /** The longest first. */
  readonly children: readonly Flame[];
}

/** A function, whoever called it. */
export interface Busy {
  readonly name: string;
  readonly at: string;
  readonly selfMs: number;
  /** Of the time in which the processor did something, 0..1. */
  readonly share: number;
}

const US_A_MS = 1000;
const NOTHING = new Set(['(idle)', '(root)', '(program)']);

type Node = CpuProfile['nodes'][number];

/** The tree of calls of a profile; its root is the whole time. Calls of one function by the same callers are one. */
export function flameOf(profile: CpuProfile): Flame {
  const selfMs = selfTimes(profile);
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const [root] = profile.nodes;
  return root ? flame([root], byId, selfMs) : { name: '(root)', at: '', totalMs: 0, selfMs: 0, children: [] };
}

/** The functions that took most time themselves, the most first. */
export function busiest(profile: CpuProfile, count: number): Busy[] {
  const selfMs = selfTimes(profile);
  const found = new Map<string, { name: string; at: string; selfMs: number }>();
  for (const node of profile.nodes) {
    if (NOTHING.has(node.callFrame.functionName)) continue;
    const one = found.get(keyOf(node)) ?? { name: nameOf(node), at: placeOf(node), selfMs: 0 };
    one.selfMs += selfMs.get(node.id) ?? 0;
    found.set(keyOf(node), one);
  }
  const all = [...found.values()];
  const sumMs = all.reduce((sum, one) => sum + one.selfMs, 0);
  return all
    .filter((one) => one.selfMs > 0)
    .sort((a, b) => b.selfMs - a.selfMs)
    .slice(0, count)
    .map((one) => ({ ...one, share: one.selfMs / sumMs }));
}

/** A sample says what ran until the next one was taken. */
function selfTimes({ samples, timeDeltas, startTime, endTime }: CpuProfile): Map<number, number> {
  const times = new Map<number, number>();
  let atUs = startTime + (timeDeltas[0] ?? 0);
  samples.forEach((id, i) => {
    const next = timeDeltas[i + 1];
    const us = next === undefined ? Math.max(0, endTime - atUs) : Math.max(0, next);
    atUs += us;
    times.set(id, (times.get(id) ?? 0) + us / US_A_MS);
  });
  return times;
}

function flame(same: readonly Node[], byId: ReadonlyMap<number, Node>, selfMs: ReadonlyMap<number, number>): Flame {
  const groups = new Map<string, Node[]>();
  for (const child of same.flatMap((node) => node.children ?? [])) {
    const node = byId.get(child);
    if (node) groups.set(keyOf(node), [...(groups.get(keyOf(node)) ?? []), node]);
  }
  const children = [...groups.values()]
    .map((nodes) => flame(nodes, byId, selfMs))
    .filter(({ totalMs }) => totalMs > 0)
    .sort((a, b) => b.totalMs - a.totalMs);
  const own = same.reduce((sum, { id }) => sum + (selfMs.get(id) ?? 0), 0);
  const totalMs = children.reduce((sum, child) => sum + child.totalMs, own);
  const [first] = same as [Node];
  return { name: nameOf(first), at: placeOf(first), totalMs, selfMs: own, children };
}

function keyOf({ callFrame }: Node): string {
  return `${callFrame.functionName} ${callFrame.scriptId} ${callFrame.lineNumber} ${callFrame.columnNumber}`;
}

function nameOf({ callFrame }: Node): string {
  return callFrame.functionName || '(anonymous)';
}

function placeOf({ callFrame: { url, lineNumber } }: Node): string {
  return url === '' ? '' : `${url.replace(/^file:\/\//, '')}:${lineNumber + 1}`;
}
