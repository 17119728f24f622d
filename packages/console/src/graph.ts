import { namespaceOfService, type Topology, type TrafficEdge } from '@fairway/model';
import type { Shape } from './layout.ts';
import { sumOf } from './traffic.ts';

/** A service, or a whole namespace, as it is drawn. */
export interface Box {
  /** The service in full, or the namespace. */
  readonly id: string;
  readonly rate: number;
  readonly errorShare: number;
  /** Lanes of which it has instances; base is ''. */
  readonly lanes: readonly string[];
  /** Services in it. */
  readonly services: number;
}

/** What one box asks of another in a lane. */
export interface Arrow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly lane: string;
  readonly rate: number;
  readonly errorShare: number;
  /** All that it stands for. */
  readonly edges: readonly TrafficEdge[];
}

export interface Graph {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** Services and their calls; with `focus` one service, those that call it and those that it calls. */
export function serviceGraph(now: Topology, focus: string | null): Graph {
  const edges = focus === null ? now.edges : now.edges.filter(({ from, to }) => from === focus || to === focus);
  const called = edges.flatMap(({ from, to }) => [from, to]);
  const others = focus === null ? now.services.map(({ service }) => service) : [focus];
  return graphOf(now, [...called, ...others], edges, (service) => service);
}

/** Namespaces, and the calls from one to another. */
export function namespaceGraph(now: Topology): Graph {
  const edges = now.edges.filter(({ from, to }) => namespaceOfService(from) !== namespaceOfService(to));
  const services = [...now.services.map(({ service }) => service), ...edges.flatMap(({ from, to }) => [from, to])];
  return graphOf(now, services, edges, namespaceOfService);
}

function graphOf(
  now: Topology,
  services: readonly string[],
  edges: readonly TrafficEdge[],
  boxOf: (service: string) => string,
): Graph {
  const members = Map.groupBy(new Set(services), boxOf);
  const nodes = Map.groupBy(now.nodes, ({ service }) => boxOf(service));
  const known = Map.groupBy(now.services, ({ service }) => boxOf(service));
  const boxes = [...members].map(([id, { length }]): Box => {
    const { rate, errorShare } = sumOf(nodes.get(id) ?? []);
    const lanes = new Set(known.get(id)?.flatMap(({ instances }) => Object.keys(instances)));
    return { id, rate, errorShare, lanes: [...lanes].sort(), services: length };
  });
  const between = Map.groupBy(edges, ({ from, to, lane }) => `${boxOf(from)} ${boxOf(to)} ${lane || 'base'}`);
  const arrows = [...between].map(([id, list]): Arrow => {
    const { from, to, lane } = list[0] as TrafficEdge;
    const { rate, errorShare } = sumOf(list);
    return { id, from: boxOf(from), to: boxOf(to), lane, rate, errorShare, edges: list };
  });
  return { boxes: boxes.sort((a, b) => (a.id < b.id ? -1 : 1)), arrows };
}

/** What a picture is laid out by: numbers do not move boxes. */
export function shapeOf({ boxes, arrows }: Graph): Shape {
  const pairs = new Map(arrows.map(({ from, to }) => [`${from} ${to}`, [from, to] as const]));
  const sorted = [...pairs].filter(([, [from, to]]) => from !== to).sort(([a], [b]) => (a < b ? -1 : 1));
  return { boxes: boxes.map(({ id }) => id), pairs: sorted.map(([, pair]) => pair) };
}
