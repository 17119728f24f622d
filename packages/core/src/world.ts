import {
  DEFAULT_NAMESPACE,
  type Instance,
  namespaceOfService,
  type Resource,
  serviceKey,
  type World,
  type WrittenRequest,
} from '@fairway/model';
import { customHosts, serviceCandidates } from './address.ts';
import { groupBy } from './group-by.ts';
import { addressOf, type RequestView } from './request-view.ts';
import { compileRules, type Rules, serviceKeyOf, targetPort } from './rules.ts';
import { compileService, hostPort, type ServiceTable } from './service-table.ts';
import type { Place } from './switch.ts';

/** A world as it is seen from one place. */
export interface View {
  readonly rules: Rules;
  /** What a dialled address means; undefined: nothing that is governed. */
  resolve(host: string, port: number): { readonly table: ServiceTable; readonly port: number } | undefined;
}

/** A world as one of its instances sees it. */
export interface Viewpoint extends View {
  readonly self: Instance;
}

/** Where what is named without a namespace belongs: to that of the resources where they speak of one only. */
function homeNamespace(resources: readonly Resource[]): string {
  const names = new Set(
    resources.flatMap(({ kind, metadata }) => (kind === 'Namespace' ? [] : (metadata.namespace ?? []))),
  );
  const [only] = names;
  return names.size === 1 && only !== undefined ? only : DEFAULT_NAMESPACE;
}

/** The instances of a world with their services in full; those named without a namespace are in `namespace`. */
export function instancesOf(world: World, namespace = homeNamespace(world.resources ?? [])): Instance[] {
  return (world.instances ?? []).map((instance) => ({ ...instance, service: serviceKey(instance.service, namespace) }));
}

function placed(resource: Resource, namespace: string): Resource {
  if (resource.kind === 'Namespace' || resource.metadata.namespace !== undefined) return resource;
  return { ...resource, metadata: { ...resource.metadata, namespace } } as Resource;
}

/** The world seen from an instance; undefined: it has no instance of that id. */
export function viewFrom(world: World, at: string): Viewpoint | undefined {
  const written = world.instances?.find((instance) => instance.id === at);
  if (!written) return undefined;
  const service = serviceKey(written.service, homeNamespace(world.resources ?? []));
  const view = viewOf(world, namespaceOfService(service), { service, instance: at });
  return { ...view, self: { ...written, service } };
}

/**
 * The world seen from a namespace, or from an instance in it, whose switches count then. What is named without a namespace
 * is in that one.
 */
export function viewOf(world: World, namespace: string, place?: Place): View {
  const instances = instancesOf(world, namespace);
  const resources = (world.resources ?? []).map((resource) => placed(resource, namespace));
  const rules = compileRules(namespace, resources, place);
  const custom = customHosts(namespace, resources);
  const byService = groupBy(instances, (instance) => [instance.service]);
  const declared = new Set(
    resources.flatMap((resource) => (resource.kind === 'Service' ? [serviceKeyOf(resource)] : [])),
  );
  const table = (key: string) => compileService(rules, key, byService.get(key) ?? []);
  return {
    rules,
    resolve(host, port) {
      const named = serviceCandidates(host, namespace, custom).find((key) => byService.has(key) || declared.has(key));
      if (named) return { table: table(named), port: targetPort(rules, named, port) };
      const address = hostPort(host, port);
      const dialled = instances.find(
        (i) => i.state !== 'gone' && i.ports.some((p) => hostPort(i.host.toLowerCase(), p) === address),
      );
      return dialled && { table: table(dialled.service), port };
    },
  };
}

/** A request as written down, as conditions read it. */
export function writtenView(request: WrittenRequest, caller?: string): RequestView {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    const lower = name.toLowerCase();
    const separator = lower === 'cookie' ? '; ' : ', ';
    const text = Array.isArray(value) ? value.join(separator) : value;
    const seen = headers.get(lower);
    headers.set(lower, seen === undefined ? text : seen + separator + text);
  }
  const { method = 'GET', url = '/', clientIp } = request;
  return { method, url, clientIp, caller, header: (name) => headers.get(name) };
}

/** Where a written call leads; undefined: its URL is not absolute. */
export function dialledAddress(call: WrittenRequest): { host: string; port: number } | undefined {
  return addressOf(call.url ?? '');
}
