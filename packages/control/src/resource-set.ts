import { namespaceOf, type Resource, resourceKey } from '@fairway/model';
import type { ResourceChange } from './change.ts';

/** The resources as they are now, by namespace. */
export class ResourceSet {
  readonly #namespaces = new Map<string, Map<string, Resource>>();

  get(key: string): Resource | undefined {
    return this.#namespaces.get(key.slice(0, key.indexOf('/')))?.get(key);
  }

  /** Sets or replaces. */
  set(resource: Resource): ResourceChange {
    const namespace = namespaceOf(resource);
    const key = resourceKey(resource);
    let held = this.#namespaces.get(namespace);
    if (!held) {
      held = new Map();
      this.#namespaces.set(namespace, held);
    }
    held.set(key, resource);
    return { type: 'resource', namespace, key };
  }

  /** Removes; without effect when it is not there. */
  remove(key: string): ResourceChange {
    const namespace = key.slice(0, key.indexOf('/'));
    const held = this.#namespaces.get(namespace);
    held?.delete(key);
    if (held?.size === 0) this.#namespaces.delete(namespace);
    return { type: 'resource', namespace, key };
  }

  namespaces(): string[] {
    return [...this.#namespaces.keys()];
  }

  of(namespace: string): Resource[] {
    return [...(this.#namespaces.get(namespace)?.values() ?? [])];
  }

  all(): Resource[] {
    return [...this.#namespaces.values()].flatMap((held) => [...held.values()]);
  }
}
