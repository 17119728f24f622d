/** How addresses are given a meaning. What it answers may change when one of the names of the address becomes known. */
export interface AddressResolver {
  /** The key of the service that an address means when dialled in a namespace, or null: not governed. */
  resolve(namespace: string, address: string): string | null;
  /** Every name on which the answer depends: the address, the host, and keys of services that it might mean. */
  names(namespace: string, address: string): readonly string[];
}

interface Entry {
  readonly namespace: string;
  readonly address: string;
  readonly names: readonly string[];
  readonly watchers: Set<string>;
  service: string | null;
}

/** A new answer for an address, and who asked for it (ids of instances). */
export interface Answer {
  readonly address: string;
  readonly service: string | null;
  readonly watchers: ReadonlySet<string>;
}

/**
 * Every address that any agent asked for, with its present meaning. An address that means nothing yet is kept, and one
 * whose instance disappears keeps its service as a hint, until {@link AddressBook.reconsider} is called with a name of it.
 */
export class AddressBook {
  readonly #resolver: AddressResolver;
  readonly #entries = new Map<string, Entry>();
  readonly #byName = new Map<string, Set<Entry>>();
  readonly #watched = new Map<string, Set<Entry>>();

  constructor(resolver: AddressResolver) {
    this.#resolver = resolver;
  }

  /** Addresses held: each namespace's once, however many ask. */
  get size(): number {
    return this.#entries.size;
  }

  /** Asks for an address on behalf of an instance, and answers. */
  watch(watcher: string, namespace: string, address: string): string | null {
    const entry = this.#entries.get(`${namespace} ${address}`) ?? this.#add(namespace, address);
    entry.watchers.add(watcher);
    const watched = this.#watched.get(watcher);
    if (watched) watched.add(entry);
    else this.#watched.set(watcher, new Set([entry]));
    return entry.service;
  }

  /** Forgets all that an instance asked for. */
  unwatch(watcher: string): void {
    for (const entry of this.#watched.get(watcher) ?? []) this.#leave(entry, watcher);
    this.#watched.delete(watcher);
  }

  /** Forgets one address that an instance asked for. */
  forget(watcher: string, namespace: string, address: string): void {
    const entry = this.#entries.get(`${namespace} ${address}`);
    if (!entry || !this.#watched.get(watcher)?.delete(entry)) return;
    this.#leave(entry, watcher);
  }

  /** Asks again for the addresses that depend on any of the names; the answers that are new. */
  reconsider(names: Iterable<string>): Answer[] {
    const entries = new Set<Entry>();
    for (const name of names) for (const entry of this.#byName.get(name) ?? []) entries.add(entry);
    return [...entries].filter((entry) => this.#isNew(entry));
  }

  #leave(entry: Entry, watcher: string): void {
    entry.watchers.delete(watcher);
    if (entry.watchers.size === 0) this.#drop(entry);
  }

  #isNew(entry: Entry): boolean {
    const service = this.#resolver.resolve(entry.namespace, entry.address);
    if (service === entry.service) return false;
    entry.service = service;
    return true;
  }

  #add(namespace: string, address: string): Entry {
    const service = this.#resolver.resolve(namespace, address);
    const names = this.#resolver.names(namespace, address);
    const entry: Entry = { namespace, address, names, watchers: new Set(), service };
    this.#entries.set(`${namespace} ${address}`, entry);
    for (const name of names) {
      const entries = this.#byName.get(name);
      if (entries) entries.add(entry);
      else this.#byName.set(name, new Set([entry]));
    }
    return entry;
  }

  #drop(entry: Entry): void {
    this.#entries.delete(`${entry.namespace} ${entry.address}`);
    for (const name of entry.names) {
      const entries = this.#byName.get(name);
      entries?.delete(entry);
      if (entries?.size === 0) this.#byName.delete(name);
    }
  }
}
