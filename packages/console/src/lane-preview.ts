import { type Gateway, type Lane, namespaceOf, serviceKey, type Topology, type WorldInstance } from '@fairway/model';

export interface LanePreview {
  /** Instances that bear the lane. */
  readonly instances: readonly WorldInstance[];
  /** Services with ready instances, none of them in the lane: calls fall back there. */
  readonly without: readonly string[];
  /** Requests a second that come to services and gateways that rules with a percentage alone name, and those of them that would enter. */
  readonly entering: { readonly rate: number; readonly of: number } | null;
}

/** What a lane would mean for the instances that are there, and for measured traffic as far as counts tell. */
export function previewOf(
  lane: Lane,
  instances: readonly WorldInstance[],
  topology: Topology | undefined,
  gateways: readonly Gateway[],
): LanePreview {
  const { name, namespace = 'default' } = lane.metadata;
  const inLane = instances.filter((instance) => name !== '' && instance.lane === name);
  const has = new Set(inLane.filter(({ state }) => state === 'ready').map(({ service }) => service));
  const ready = instances.filter(({ state, service }) => state === 'ready' && service.startsWith(`${namespace}/`));
  const without = [...new Set(ready.map(({ service }) => service))].filter((service) => !has.has(service)).sort();
  return { instances: inLane, without, entering: topology ? enteringOf(lane, namespace, topology, gateways) : null };
}

function enteringOf(
  lane: Lane,
  namespace: string,
  topology: Topology,
  gateways: readonly Gateway[],
): LanePreview['entering'] {
  const rules = (lane.spec.entry ?? []).filter(
    ({ match, header, percent }) => !match && !header && percent !== undefined,
  );
  const sum = { rate: 0, of: 0 };
  for (const { services, percent = 0 } of rules) {
    const named = new Set(services.map((service) => serviceKey(service, namespace)));
    const rate = rateAt(named, topology) + rateBy(named, topology, gateways);
    sum.rate += (rate * percent) / 100;
    sum.of += rate;
  }
  return sum.of === 0 ? null : sum;
}

/** What comes to services. */
function rateAt(services: ReadonlySet<string>, { nodes }: Topology): number {
  return nodes.reduce((sum, { service, rate }) => sum + (services.has(service) ? rate : 0), 0);
}

/** What comes by gateways: requests from outside of the fleet to the services behind their HTTP entries. */
function rateBy(named: ReadonlySet<string>, topology: Topology, gateways: readonly Gateway[]): number {
  const behind = new Set(
    gateways
      .filter((gateway) => named.has(serviceKey(gateway.metadata.name, namespaceOf(gateway))))
      .flatMap((gateway) =>
        gateway.spec.entries
          .filter(({ protocol }) => protocol === 'http')
          .map(({ service }) => serviceKey(service, namespaceOf(gateway))),
      ),
  );
  const inside = topology.edges.reduce((sum, { to, rate }) => sum + (behind.has(to) ? rate : 0), 0);
  return Math.max(0, rateAt(behind, topology) - inside);
}
