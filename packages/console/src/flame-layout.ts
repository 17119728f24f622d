import type { Flame } from '@fairway/client';

/** A function as it is drawn: left edge and width are shares of the whole. */
export interface FlameBar {
  readonly flame: Flame;
  readonly depth: number;
  readonly left: number;
  readonly width: number;
}

/** Narrower ones cannot be seen. */
const MIN_WIDTH = 0.002;
const MAX_DEPTH = 80;

/** The bars of a tree of calls: what is called stands under its caller. Idle time is left out. */
export function flameBars(root: Flame): FlameBar[] {
  const idleMs = root.children.find(({ name }) => name === '(idle)')?.totalMs ?? 0;
  const busyMs = root.totalMs - idleMs;
  if (busyMs <= 0) return [];
  const bars: FlameBar[] = [];
  const add = (flame: Flame, depth: number, left: number) => {
    const width = flame.totalMs / busyMs;
    if (width < MIN_WIDTH || depth > MAX_DEPTH) return;
    bars.push({ flame, depth, left, width });
    let at = left;
    for (const child of flame.children) {
      if (child.name === '(idle)') continue;
      add(child, depth + 1, at);
      at += child.totalMs / busyMs;
    }
  };
  add({ ...root, totalMs: busyMs }, 0, 0);
  return bars;
}

/** Whose code it is, by where it was written. */
export function ownerOf({ at }: Pick<Flame, 'at'>): 'application' | 'dependency' | 'runtime' {
  if (at === '' || at.startsWith('node:')) return 'runtime';
  return at.includes('/node_modules/') ? 'dependency' : 'application';
}
