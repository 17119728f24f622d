import dagre from '@dagrejs/dagre';

/** Boxes, and which are joined. */
export interface Shape {
  readonly boxes: readonly string[];
  readonly pairs: readonly (readonly [from: string, to: string])[];
}

/** Where the upper left corner of a box is. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Width and height of a box. */
export const BOX = { width: 180, height: 48 };

const GAP = 26;
const RANK_GAP = 110;
const ROW = BOX.height + GAP;
/** Columns up to this tall are left as they are, however few boxes there are. */
const MIN_ROWS = 12;

/** With more boxes than these, a few more crossings are taken for a layout that is done in a tenth of the time. */
const MAX_THOROUGH = 150;

/** Places boxes: callers left of what they call, few lines crossing. Takes seconds where there are many: not on the thread that draws. */
export function placed({ boxes, pairs }: Shape): Map<string, Place> {
  const graph = new dagre.graphlib.Graph();
  const ranker = boxes.length > MAX_THOROUGH ? 'tight-tree' : 'network-simplex';
  graph.setGraph({ rankdir: 'LR', ranksep: RANK_GAP, nodesep: GAP, ranker });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of boxes) graph.setNode(id, { ...BOX });
  for (const [from, to] of pairs) graph.setEdge(from, to);
  dagre.layout(graph);
  const places = boxes.map((id) => {
    const { x, y } = graph.node(id);
    return { id, x: x - BOX.width / 2, y: y - BOX.height / 2 };
  });
  const tallest = Math.max(MIN_ROWS, Math.ceil(Math.sqrt(2 * boxes.length)));
  const columns = [...Map.groupBy(places, ({ x }) => x)].sort(([a], [b]) => a - b).map(([, column]) => column);
  const isTall = columns.some(({ length }) => length > tallest);
  return new Map((isTall ? folded(columns, tallest) : places).map(({ id, x, y }) => [id, { x, y }]));
}

interface Placed extends Place {
  readonly id: string;
}

/** Columns in the same order, none taller than so many boxes: what is more goes beside it. Otherwise a picture of many services is a line. */
function folded(columns: readonly (readonly Placed[])[], tallest: number): Placed[] {
  let left = 0;
  return columns.flatMap((column) => {
    const sorted = column.toSorted((a, b) => a.y - b.y);
    const rows = Math.ceil(sorted.length / Math.ceil(sorted.length / tallest));
    const top = -((rows - 1) * ROW) / 2;
    const placed = sorted.map(({ id }, index) => ({
      id,
      x: left + Math.floor(index / rows) * (BOX.width + GAP),
      y: top + (index % rows) * ROW,
    }));
    left += Math.ceil(sorted.length / rows) * (BOX.width + GAP) - GAP + RANK_GAP;
    return placed;
  });
}
