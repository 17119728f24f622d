import type { ResourceSet } from '@fairway/control';
import { compilePolicies, type PolicyBook, policyOf, warmupShare } from '@fairway/core';
import { FairwayError, type Instance, namespaceOfService } from '@fairway/model';
import { authorOf } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { modelSchema, objectSchema, text } from '../http/schema.ts';
import type { Link } from '../link/link.ts';
import type { Store } from '../store/store.ts';
import { INSTANCES, PRESERVATION } from './wire-schema.ts';

export interface InstanceRouteParts {
  readonly link: Link;
  readonly resources: ResourceSet;
  /** Of the resources. */
  readonly revision: () => number;
  readonly store: Store;
  readonly nowMs: () => number;
}

/** The directory, as people and gateways see it, and what an operator may say about it. */
export function instanceRoutes(parts: InstanceRouteParts): Route[] {
  return [listRoute(parts), removeRoute(parts), worldRoute(parts), ...preservationRoutes(parts)];
}

function listRoute({ link, resources, nowMs }: InstanceRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/instances',
    access: 'viewer',
    summary:
      'Lists instances. `revision`: of resources, as acknowledged by the agent. `warmup`: where it stands; null: it is warm.',
    query: objectSchema({ 'namespace?': text(64), 'service?': text(192), 'lane?': { type: 'string', maxLength: 64 } }),
    answer: INSTANCES,
    handle(request) {
      const wanted = request.query as { namespace?: string; service?: string; lane?: string };
      const found = [...link.fleet.directory.instances.all()].filter((instance) => isWanted(instance, wanted));
      const policies = policyBooks(resources);
      return { items: found.map((instance) => described(link, policies, instance, nowMs())) };
    },
  };
}

function removeRoute({ link, store, nowMs }: InstanceRouteParts): Route {
  return {
    method: 'DELETE',
    path: '/api/v1/instances/:id',
    access: 'admin',
    summary: 'Takes an instance out of the directory. It comes back if its agent lives and registers again.',
    scope: (request) => namespaceOfService(link.fleet.instance((request.params as { id: string }).id).service),
    async handle(request) {
      const { id } = request.params as { id: string };
      link.fleet.instance(id);
      const at = new Date(nowMs()).toISOString();
      const author = authorOf(request);
      await store.note({ at, author, action: 'instance-removed', target: id, revision: null, reason: null });
      link.fleet.remove(id, nowMs());
    },
  };
}

function worldRoute({ link, resources, revision, nowMs }: InstanceRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/world',
    access: 'viewer',
    summary: 'Everything that decisions in a namespace depend on: for explain, previews and gateways.',
    query: objectSchema({ 'namespace?': text(64) }),
    answer: modelSchema('World'),
    handle(request) {
      const { namespace } = request.query as { namespace?: string };
      const instances = [...link.fleet.directory.instances.all()];
      return {
        revision: revision(),
        resources: namespace === undefined ? resources.all() : resources.of(namespace),
        instances: instances
          .filter((instance) => isWanted(instance, namespace === undefined ? {} : { namespace }))
          .map((instance) => aged(link, instance, nowMs())),
      };
    },
  };
}

function preservationRoutes({ link, store, nowMs }: InstanceRouteParts): Route[] {
  const { directory } = link.fleet;
  return [
    {
      method: 'GET',
      path: '/api/v1/preservation',
      access: 'viewer',
      summary: 'Whether lost instances are kept because so many were lost at one time.',
      answer: PRESERVATION,
      handle() {
        const { sinceMs, connected, lost } = directory.preservation();
        const since = sinceMs === null ? null : new Date(sinceMs).toISOString();
        return { active: sinceMs !== null, since, connected, lost };
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/preservation',
      access: 'admin',
      summary: 'Says that lost instances are really lost: they are removed after one more grace period.',
      async handle(request) {
        if (directory.preservation().sinceMs === null) {
          throw new FairwayError('FAIRWAY_NOT_FOUND', 'no instances are being preserved');
        }
        const at = new Date(nowMs()).toISOString();
        const author = authorOf(request);
        await store.note({
          at,
          author,
          action: 'preservation-ended',
          target: 'directory',
          revision: null,
          reason: null,
        });
        directory.release(nowMs());
      },
    },
  ];
}

/** Whether an instance is one of those that are asked for. */
export function isWanted(instance: Instance, wanted: { namespace?: string; service?: string; lane?: string }): boolean {
  const { namespace, service, lane } = wanted;
  if (namespace !== undefined && namespaceOfService(instance.service) !== namespace) return false;
  if (lane !== undefined && (instance.lane ?? '') !== lane) return false;
  return service === undefined || instance.service === service || instance.service.endsWith(`/${service}`);
}

/** How the link to an instance is. `revision`: of resources, as acknowledged; null: none yet. */
export function linkOf(link: Link, id: string): { connected: boolean; revision: number | null } {
  const stream = link.broadcaster.streams.get(id);
  return {
    connected: link.fleet.directory.lease(id)?.connected === true,
    revision: stream ? link.propagation.acknowledgedBy(stream) : null,
  };
}

/** An instance with how long it has been ready, where it may be warming up. */
function aged(link: Link, instance: Instance, nowMs: number): Instance {
  const readyForMs = link.fleet.directory.readyForMs(instance.id, nowMs);
  return readyForMs === undefined ? instance : { ...instance, readyForMs };
}

function described(link: Link, policies: PolicyBooks, instance: Instance, nowMs: number) {
  const { sinceMs = 0 } = link.fleet.directory.lease(instance.id) ?? {};
  const known = aged(link, instance, nowMs);
  const since = new Date(sinceMs).toISOString();
  return { ...known, ...linkOf(link, instance.id), since, warmup: warmupOf(known, policies) };
}

type PolicyBooks = (namespace: string) => PolicyBook;

/** Policies by namespace, compiled where they are asked for. */
function policyBooks(resources: ResourceSet): PolicyBooks {
  const books = new Map<string, PolicyBook>();
  return (namespace) => {
    const book =
      books.get(namespace) ?? compilePolicies(resources.of(namespace).filter((resource) => resource.kind === 'Policy'));
    books.set(namespace, book);
    return book;
  };
}

/** What share of its weight a new instance has, and the curve that it follows; null: it has all of it, or takes no traffic. */
function warmupOf({ service, state, readyForMs }: Instance, policies: PolicyBooks) {
  const { warmup } = policyOf(policies(namespaceOfService(service)), service);
  if (state !== 'ready' || readyForMs === undefined || readyForMs >= warmup.durationMs) return null;
  return { ...warmup, share: warmupShare(warmup, readyForMs) };
}
