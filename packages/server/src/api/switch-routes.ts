import type { ResourceSet } from '@fairway/control';
import {
  API_VERSION,
  FairwayError,
  invalid,
  LABEL_PATTERN,
  type Namespace,
  namespaceOfService,
  parseResource,
  type Resource,
  resourceKey,
  type Spec,
} from '@fairway/model';
import type { FastifyRequest } from 'fastify';
import type { Ledger } from '../change/ledger.ts';
import { authorOf } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { objectSchema } from '../http/schema.ts';
import type { Fleet } from '../link/fleet.ts';
import { CHANGE, REASON } from './wire-schema.ts';

type NamespaceSpec = Spec<'Namespace'>;
type Listed = keyof NonNullable<NamespaceSpec['off']>;

interface Turn {
  readonly enabled: boolean;
  readonly reason?: string;
}

const TURN = objectSchema({ enabled: { type: 'boolean' }, 'reason?': REASON });

/** The switches of a namespace, of a service and of an instance: all of them stand in the Namespace resource. */
export function switchRoutes(ledger: Ledger, fleet: Fleet): Route[] {
  return [namespaceSwitch(ledger), serviceSwitch(ledger, fleet), instanceSwitch(ledger, fleet)];
}

function namespaceSwitch(ledger: Ledger): Route {
  return {
    method: 'PUT',
    path: '/api/v1/namespaces/:name',
    access: 'operator',
    summary: 'Turns governance of a namespace on or off. Off: its agents pass all traffic through untouched.',
    body: TURN,
    answer: CHANGE,
    scope: (request) => (request.params as { name: string }).name,
    handle(request) {
      const { name } = request.params as { name: string };
      return turn(ledger, request, name, (spec, enabled) => ({ ...spec, enabled }));
    },
  };
}

function serviceSwitch(ledger: Ledger, fleet: Fleet): Route {
  return {
    method: 'PUT',
    path: '/api/v1/services/:namespace/:name',
    access: 'operator',
    summary:
      'Turns governance at the instances of a service on or off. Calls to it stay governed by those who make them.',
    body: TURN,
    answer: CHANGE,
    handle(request) {
      const { namespace, name } = request.params as { namespace: string; name: string };
      const { enabled } = request.body as Turn;
      const key = resourceKey({ kind: 'Service', metadata: { namespace, name } });
      const isKnown = fleet.directory.instances.isKnown(`${namespace}/${name}`) || fleet.resources.get(key);
      if (!enabled && !isKnown) {
        throw new FairwayError('FAIRWAY_NOT_FOUND', `service ${namespace}/${name} has no instance and no resource`);
      }
      return turn(ledger, request, namespace, (spec, on) => listed(spec, 'services', name, !on));
    },
  };
}

function instanceSwitch(ledger: Ledger, fleet: Fleet): Route {
  return {
    method: 'PUT',
    path: '/api/v1/instances/:id',
    access: 'operator',
    summary: 'Turns governance at one instance on or off. Calls to it stay governed by those who make them.',
    body: TURN,
    answer: CHANGE,
    scope: (request) => namespaceOfInstance(fleet, (request.params as { id: string }).id),
    handle(request) {
      const { id } = request.params as { id: string };
      const namespace = namespaceOfInstance(fleet, id);
      return turn(ledger, request, namespace, (spec, on) => listed(spec, 'instances', id, !on));
    },
  };
}

/** Where an instance is, or was when it was turned off. @throws FairwayError FAIRWAY_NOT_FOUND */
export function namespaceOfInstance({ directory, resources }: Fleet, id: string): string {
  const present = directory.instances.get(id);
  if (present) return namespaceOfService(present.service);
  const naming = resources.namespaces().find((name) => namespaceIn(resources, name)?.spec.off?.instances?.includes(id));
  if (naming !== undefined) return naming;
  throw new FairwayError('FAIRWAY_NOT_FOUND', `instance ${id} is not registered`);
}

/** The resource of a namespace. */
export function namespaceIn(resources: ResourceSet, name: string): Namespace | undefined {
  return resources.get(resourceKey({ kind: 'Namespace', metadata: { name } })) as Namespace | undefined;
}

function turn(
  ledger: Ledger,
  request: FastifyRequest,
  namespace: string,
  edit: (spec: NamespaceSpec, enabled: boolean) => NamespaceSpec,
) {
  const { enabled, reason } = request.body as Turn;
  if (!new RegExp(LABEL_PATTERN).test(namespace)) {
    const expected = '1 to 63 characters of a-z, 0-9 and -';
    throw invalid('the namespace', [{ path: 'name', found: namespace, expected }]);
  }
  const metadata = { name: namespace };
  const edited = (before: Resource | null): Resource | null => {
    const own = before?.kind === 'Namespace' ? before : undefined;
    const spec = edit(own?.spec ?? {}, enabled);
    if (!own && Object.keys(spec).length === 0) return null;
    return parseResource({ apiVersion: API_VERSION, kind: 'Namespace', metadata: own?.metadata ?? metadata, spec });
  };
  const signature = { author: authorOf(request), reason: reason ?? null };
  return ledger.edit(resourceKey({ kind: 'Namespace', metadata }), edited, signature);
}

/** The spec with a name in a list of what is off, or without it; empty lists are left out. */
function listed(spec: NamespaceSpec, list: Listed, name: string, isOff: boolean): NamespaceSpec {
  const { off = {}, ...rest } = spec;
  const others = (off[list] ?? []).filter((one) => one !== name);
  const names = isOff ? [...others, name].sort() : others;
  const { [list]: _, ...kept } = off;
  const next = names.length > 0 ? { ...kept, [list]: names } : kept;
  return Object.keys(next).length > 0 ? { ...rest, off: next } : rest;
}
