import type { Lane, Topology, WorldInstance } from '@fairway/model';

export interface LanePreview {
  /** Instances that bear the lane. */
  readonly instances: readonly WorldInstance[];
  /** Services with ready instances, none of them in the lane: calls fall back there. */
  readonly without: readonly string[];
  /** Requests a second that come to services that rules with a percentage alone name, and those of them that would enter. */
  readonly entering: { readonly rate: number; readonly of: number } | null;
}

/** What a lane would mean for the instances that are there, and for measured traffic as far as counts tell. */
export function previewOf(
  lane: Lane,
  instances: readonly WorldInstance[],
  topology: Topology | undefined,
): LanePreview {
  const { name, namespace = 'default' } = lane.metadata;
  const inLane = instances.filter((instance) => name !== '' && instance.lane === name);
  const has = new Set(inLane.filter(({ state }) => state === 'ready').map(({ service }) => service));
  const ready = instances.filter(({ state, service }) => state === 'ready' && service.startsWith(`${namespace}/`));
  const without = [...new Set(ready.map(({ service }) => service))].filter((service) => !has.has(service)).sort();
  return { instances: inLane, without, entering: enteringOf(lane, namespace, topology) };
}

function enteringOf(lane: Lane, namespace: string, topology: Topology | undefined): LanePreview['entering'] {
  const rules = (lane.spec.entry ?? []).filter(
    ({ match, header, percent }) => !match && !header && percent !== undefined,
  );
  if (!topology || rules.length === 0) return null;
  const sum = { rate: 0, of: 0 };
  for (const { services, percent = 0 } of rules) {
    const named = services.map((service) => (service.includes('/') ? service : `${namespace}/${service}`));
    const rate = topology.nodes.reduce((all, node) => all + (named.includes(node.service) ? node.rate : 0), 0);
    sum.rate += (rate * percent) / 100;
    sum.of += rate;
  }
  return sum.of === 0 ? null : sum;
}
