import type { Change } from '@fairway/control';

/** Changes that are sent together, by what they concern. */
export class Sheaf {
  readonly #byService = new Map<string, Change[]>();
  readonly #byNamespace = new Map<string, Change[]>();

  constructor(changes: Iterable<Change>) {
    for (const change of changes) {
      if (change.type === 'resource') add(this.#byNamespace, change.namespace, change);
      else add(this.#byService, change.service, change);
    }
  }

  get services(): Iterable<string> {
    return this.#byService.keys();
  }

  get namespaces(): Iterable<string> {
    return this.#byNamespace.keys();
  }

  /** Those that concern any of some services and namespaces. `key` is the same for all to whom the same is concerned. */
  partOf(services: Iterable<string>, namespaces: Iterable<string>): { key: string; changes(): Change[] } {
    const followed = [...services].filter((service) => this.#byService.has(service)).sort();
    const told = [...namespaces].filter((namespace) => this.#byNamespace.has(namespace)).sort();
    return {
      key: `${told.join(' ')} ${followed.join(' ')}`,
      changes: () => [
        ...told.flatMap((namespace) => this.#byNamespace.get(namespace) ?? []),
        ...followed.flatMap((service) => this.#byService.get(service) ?? []),
      ],
    };
  }
}

function add(index: Map<string, Change[]>, key: string, change: Change): void {
  const changes = index.get(key);
  if (changes) changes.push(change);
  else index.set(key, [change]);
}
