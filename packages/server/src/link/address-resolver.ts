import type { AddressResolver, InstanceIndex, ResourceSet } from '@fairway/control';
import { customHosts, serviceCandidates } from '@fairway/core';
import { resourceKey } from '@fairway/model';

const NO_HOSTS: ReadonlyMap<string, string> = new Map();

/** The parts of `host:port`; null when it is not that. The host comes without brackets, in lower case. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } | null {
  const match = /^(?:\[([0-9a-f:.%]+)\]|([^:[\]\s/]+)):(\d{1,5})$/i.exec(address);
  const host = match?.[1] ?? match?.[2];
  return host === undefined ? null : { host: host.toLowerCase(), port: Number(match?.[3]) };
}

/**
 * What dialled addresses mean: first an address of an instance, then a host name that is declared for a service or that
 * is its name. Declared hosts are computed once a namespace; {@link HostResolver.refresh} forgets them.
 */
export class HostResolver implements AddressResolver {
  readonly #resources: ResourceSet;
  readonly #instances: InstanceIndex;
  readonly #declared = new Map<string, ReadonlyMap<string, string>>();

  constructor(resources: ResourceSet, instances: InstanceIndex) {
    this.#resources = resources;
    this.#instances = instances;
  }

  /** To be called when a Service resource changed. */
  refresh(): void {
    this.#declared.clear();
  }

  resolve(namespace: string, address: string): string | null {
    const direct = this.#instances.serviceAt(address);
    if (direct !== undefined) return direct;
    const host = splitAddress(address)?.host ?? '';
    return serviceCandidates(host, namespace, this.#hosts(namespace)).find((key) => this.#isKnown(key)) ?? null;
  }

  names(namespace: string, address: string): readonly string[] {
    const host = splitAddress(address)?.host ?? '';
    return [address, host, ...serviceCandidates(host, namespace, NO_HOSTS)];
  }

  #isKnown(service: string): boolean {
    const [namespace = '', name = ''] = service.split('/');
    const key = resourceKey({ kind: 'Service', metadata: { namespace, name } });
    return this.#instances.isKnown(service) || this.#resources.get(key) !== undefined;
  }

  #hosts(namespace: string): ReadonlyMap<string, string> {
    let hosts = this.#declared.get(namespace);
    if (!hosts) {
      hosts = customHosts(namespace, this.#resources.all());
      this.#declared.set(namespace, hosts);
    }
    return hosts;
  }
}
