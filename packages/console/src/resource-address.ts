import type { ResourceAddress } from '@fairway/client';
import { namespaceOf, type Resource } from '@fairway/model';

/** Where a resource is found. */
export function addressOf(resource: Resource): ResourceAddress {
  return { namespace: namespaceOf(resource), kind: resource.kind, name: resource.metadata.name };
}
