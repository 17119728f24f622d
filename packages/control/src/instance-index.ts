import type { Instance } from '@fairway/model';

/** The form in which addresses are compared: `host:port`, the host in lower case, IPv6 in brackets. */
export function addressOf(host: string, port: number): string {
  const name = host.toLowerCase();
  return name.includes(':') && !name.startsWith('[') ? `[${name}]:${port}` : `${name}:${port}`;
}

/** Instances by id, by service and by address. */
export class InstanceIndex {
  readonly #byId = new Map<string, Instance>();
  readonly #byService = new Map<string, Map<string, Instance>>();
  readonly #byAddress = new Map<string, Set<string>>();

  get(id: string): Instance | undefined {
    return this.#byId.get(id);
  }

  all(): IterableIterator<Instance> {
    return this.#byId.values();
  }

  /** Sets or replaces by id. */
  set(instance: Instance): void {
    this.remove(instance.id);
    this.#byId.set(instance.id, instance);
    const peers = this.#byService.get(instance.service);
    if (peers) peers.set(instance.id, instance);
    else this.#byService.set(instance.service, new Map([[instance.id, instance]]));
    for (const address of addressesOf(instance)) {
      const ids = this.#byAddress.get(address);
      if (ids) ids.add(instance.id);
      else this.#byAddress.set(address, new Set([instance.id]));
    }
  }

  remove(id: string): Instance | undefined {
    const instance = this.#byId.get(id);
    if (!instance) return undefined;
    this.#byId.delete(id);
    // A service without instances stays known: whoever dialled it keeps being told.
    this.#byService.get(instance.service)?.delete(id);
    for (const address of addressesOf(instance)) {
      const ids = this.#byAddress.get(address);
      ids?.delete(id);
      if (ids?.size === 0) this.#byAddress.delete(address);
    }
    return instance;
  }

  /** Whether the service has, or in the life of this index had, an instance. */
  isKnown(service: string): boolean {
    return this.#byService.has(service);
  }

  of(service: string): Instance[] {
    return [...(this.#byService.get(service)?.values() ?? [])];
  }

  /** Ids of the instances that listen on `host:port`; several when processes share a socket. */
  idsAt(address: string): string[] {
    return [...(this.#byAddress.get(address) ?? [])];
  }

  /** The service that listens on `host:port`. */
  serviceAt(address: string): string | undefined {
    const [id] = this.#byAddress.get(address) ?? [];
    return id === undefined ? undefined : this.#byId.get(id)?.service;
  }
}

/** All addresses of an instance, `host:port` each. */
export function addressesOf(instance: Instance): string[] {
  return instance.ports.map((port) => addressOf(instance.host, port));
}
