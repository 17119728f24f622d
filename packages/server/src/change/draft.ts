import { type Kind, type Resource, resourceKey } from '@fairway/model';

/** What a resource is to become; null: not there. `path`: where problems of it are said to be, `resources[2]` or empty. */
export interface Draft {
  readonly key: string;
  readonly resource: Resource | null;
  readonly path: string;
}

export function draftOf(resource: Resource, path = ''): Draft {
  return { key: resourceKey(resource), resource, path };
}

/** The parts of a key: `shop/Lane/gray`. */
export function resourceName(key: string): { namespace: string; kind: Kind; name: string } {
  const [namespace = '', kind = '', name = ''] = key.split('/');
  return { namespace, kind: kind as Kind, name };
}
