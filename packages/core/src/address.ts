import { namespaceOf, type Resource } from '@fairway/model';
import { isIpAddress } from './cidr.ts';
import { type Rules, serviceKeyOf } from './rules.ts';

const CLUSTER_SUFFIXES = ['.svc.cluster.local', '.svc'];

function withoutClusterSuffix(host: string): { name: string; isCluster: boolean } {
  const suffix = CLUSTER_SUFFIXES.find((s) => host.endsWith(s));
  return suffix ? { name: host.slice(0, -suffix.length), isCluster: true } : { name: host, isCluster: false };
}

function normalHost(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/**
 * Host names that Service resources declare, and the services that they mean, as seen from a namespace: its own
 * declarations win over those of others.
 */
export function customHosts(namespace: string, resources: readonly Resource[]): Map<string, string> {
  const hosts = new Map<string, string>();
  const services = resources.filter((resource) => resource.kind === 'Service');
  const others = services.filter((service) => namespaceOf(service) !== namespace);
  for (const service of [...others, ...services.filter((s) => !others.includes(s))]) {
    for (const host of service.spec.hosts ?? []) hosts.set(normalHost(host), serviceKeyOf(service));
  }
  return hosts;
}

/**
 * Services that a dialled host name may mean, most likely first; whether one exists is for the directory to say.
 *
 *     'order' -> ['shop/order'] from namespace shop
 *     'order.shop.svc', 'order.shop.svc.cluster.local' -> ['shop/order'] from anywhere
 *     'order.v2' -> ['v2/order', 'shop/order.v2'] from namespace shop: names of services may have dots
 */
export function serviceCandidates(host: string, namespace: string, custom: ReadonlyMap<string, string>): string[] {
  const normal = normalHost(host);
  const declared = custom.get(normal);
  if (declared !== undefined) return [declared];
  if (isIpAddress(normal)) return [];
  const { name, isCluster } = withoutClusterSuffix(normal);
  const own = isCluster ? [] : [`${namespace}/${name}`];
  const dot = name.lastIndexOf('.');
  return dot < 0 ? [`${namespace}/${name}`] : [`${name.slice(dot + 1)}/${name.slice(0, dot)}`, ...own];
}

/** Whether a host that is not governed may see labels and propagated headers: a cluster's own, or one that is listed. */
export function isInternalHost(rules: Rules, host: string): boolean {
  const normal = normalHost(host);
  if (withoutClusterSuffix(normal).isCluster) return true;
  return rules.internalHosts.some((listed) =>
    listed.startsWith('*.') ? normal.endsWith(listed.slice(1)) && normal.length > listed.length - 1 : normal === listed,
  );
}
