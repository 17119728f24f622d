import type { Directory, ResourceSet } from '@fairway/control';
import { namespaceOfService } from '@fairway/model';
import { boundTo } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { namespaceIn } from './switch-routes.ts';
import { NAMESPACES } from './wire-schema.ts';

/** Namespaces and what is switched off in them. */
export function namespaceRoutes(resources: ResourceSet, directory: Directory): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/namespaces',
      access: 'viewer',
      summary: 'Lists namespaces that have resources or instances.',
      answer: NAMESPACES,
      scope: boundTo,
      handle(request) {
        const own = boundTo(request);
        return { items: summaries(resources, directory).filter(({ name }) => own === null || name === own) };
      },
    },
  ];
}

function summaries(resources: ResourceSet, directory: Directory) {
  const instances = new Map<string, number>();
  const services = new Map<string, Set<string>>();
  for (const name of resources.namespaces()) services.set(name, new Set());
  for (const instance of directory.instances.all()) {
    const name = namespaceOfService(instance.service);
    instances.set(name, (instances.get(name) ?? 0) + 1);
    services.set(name, (services.get(name) ?? new Set()).add(instance.service));
  }
  return [...services.keys()].sort().map((name) => {
    const { enabled = true, off = {} } = namespaceIn(resources, name)?.spec ?? {};
    return {
      name,
      enabled,
      off: { services: off.services ?? [], instances: off.instances ?? [] },
      services: services.get(name)?.size ?? 0,
      instances: instances.get(name) ?? 0,
    };
  });
}
