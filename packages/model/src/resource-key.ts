import type { Release } from './release.ts';
import type { Resource } from './resource.ts';

/** Where a resource lives that does not say it. */
export const DEFAULT_NAMESPACE = 'default';

type Named = Pick<Resource | Release, 'kind' | 'metadata'>;

/** The namespace that a resource belongs to; a Namespace belongs to itself. */
export function namespaceOf(resource: Named): string {
  return resource.kind === 'Namespace' ? resource.metadata.name : (resource.metadata.namespace ?? DEFAULT_NAMESPACE);
}

/** Identity of a resource: `shop/Lane/gray`. */
export function resourceKey(resource: Named): string {
  return `${namespaceOf(resource)}/${resource.kind}/${resource.metadata.name}`;
}

/** A service in full: `order` in namespace `shop` -> `shop/order`; a full name stays as it is. */
export function serviceKey(ref: string, namespace: string): string {
  return ref.includes('/') ? ref : `${namespace}/${ref}`;
}

/** The namespace of a service in full: `shop/order` -> `shop`. */
export function namespaceOfService(service: string): string {
  return service.slice(0, service.indexOf('/'));
}
