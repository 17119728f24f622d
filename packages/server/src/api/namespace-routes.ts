import type { Directory, ResourceSet } from '@fairway/control';
import { API_VERSION, invalid, LABEL_PATTERN, type Namespace, namespaceOfService } from '@fairway/model';
import { draftOf } from '../change/draft.ts';
import type { Ledger } from '../change/ledger.ts';
import { authorOf } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { objectSchema } from '../http/schema.ts';
import { CHANGE, NAMESPACES, REASON } from './wire-schema.ts';

/** Namespaces and their switch. */
export function namespaceRoutes(ledger: Ledger, resources: ResourceSet, directory: Directory): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/namespaces',
      access: 'reader',
      summary: 'Lists namespaces that have resources or instances.',
      answer: NAMESPACES,
      handle: () => ({ items: summaries(resources, directory) }),
    },
    {
      method: 'PUT',
      path: '/api/v1/namespaces/:name',
      access: 'admin',
      summary: 'Turns governance of a namespace on or off. Off: its agents pass all traffic through untouched.',
      body: objectSchema({ enabled: { type: 'boolean' }, 'reason?': REASON }),
      answer: CHANGE,
      async handle(request) {
        const { name } = request.params as { name: string };
        const { enabled, reason } = request.body as { enabled: boolean; reason?: string };
        const draft = draftOf(switched(name, namespaceOf(resources, name), enabled));
        const { changes } = await ledger.apply([draft], { author: authorOf(request), reason: reason ?? null });
        return changes[0];
      },
    },
  ];
}

function namespaceOf(resources: ResourceSet, name: string): Namespace | undefined {
  return resources.get(`${name}/Namespace/${name}`) as Namespace | undefined;
}

function switched(name: string, before: Namespace | undefined, enabled: boolean): Namespace {
  if (!new RegExp(LABEL_PATTERN).test(name)) {
    throw invalid('the namespace', [{ path: 'name', found: name, expected: '1 to 63 characters of a-z, 0-9 and -' }]);
  }
  if (before) return { ...before, spec: { ...before.spec, enabled } };
  return { apiVersion: API_VERSION, kind: 'Namespace', metadata: { name }, spec: { enabled } };
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
  return [...services.keys()].sort().map((name) => ({
    name,
    enabled: namespaceOf(resources, name)?.spec.enabled !== false,
    services: services.get(name)?.size ?? 0,
    instances: instances.get(name) ?? 0,
  }));
}
