import {
  type EntryRule,
  namespaceOf,
  type Resource,
  type Route,
  type RouteRule,
  resourceKey,
  type Split,
  serviceKey,
} from '@fairway/model';
import { orderedEntries, type PlacedEntry } from './entry-order.ts';
import { orderedRoutes } from './route.ts';

/** A rule that nothing ever comes to, because one that is tried before it takes all of it. */
export interface Shadow {
  /** Key of the resource that has the rule. */
  readonly key: string;
  /** Where it stands there. */
  readonly path: string;
  /** Key of the resource that has the rule before it. */
  readonly by: string;
  /** In words. */
  readonly text: string;
}

/** What rules of both kinds are compared by. */
interface Comparable {
  readonly key: string;
  readonly path: string;
  readonly name: string;
  /** Services and gateways at which it holds, in full. */
  readonly services: readonly string[];
  /** Callers whose calls it concerns, in full; undefined: all. */
  readonly callers: ReadonlySet<string> | undefined;
  /** As text; undefined: none. */
  readonly condition: string | undefined;
  /** Whether it takes all that meets its condition. */
  readonly isTakingAll: boolean;
}

/**
 * The rules of a namespace that nothing comes to (lane semantics, sections 2 and 3): one before them holds at the same
 * service, has no condition or the very same, and takes all that meets it. That conditions which are written differently
 * mean the same, or that several rules together take all, is not seen.
 */
export function shadows(namespace: string, resources: readonly Resource[]): Shadow[] {
  const own = resources.filter((resource) => namespaceOf(resource) === namespace);
  const splits = own.filter((resource) => resource.kind === 'Split').map(ofSplit);
  const entries = orderedEntries(namespace, own).map((entry) => ofEntry(entry, namespace));
  const routes = orderedRoutes(own).flatMap(ofRoute);
  return [...shadowed([...entries, ...splits]), ...shadowed(routes)];
}

function ofEntry({ lane, rule, index, services }: PlacedEntry, namespace: string): Comparable {
  return {
    key: `${namespace}/Lane/${lane}`,
    path: `spec.entry[${index}]`,
    name: `entry ${index} of lane ${lane}`,
    services,
    callers: undefined,
    condition: conditionOf(rule, lane),
    isTakingAll: isWhole(rule),
  };
}

function conditionOf({ match, header }: EntryRule, lane: string): string | undefined {
  if (!match && !header) return undefined;
  return JSON.stringify([match ?? null, header ? [header.name, header.value ?? lane] : null]);
}

/** By a sticky key, requests without the key pass by. */
function isWhole({ percent = 100, stickyBy, keyless }: EntryRule): boolean {
  return percent >= 100 && (stickyBy === undefined || keyless === 'random');
}

function ofSplit(split: Split): Comparable {
  const services = split.spec.services.map((ref) => serviceKey(ref, namespaceOf(split)));
  const name = `split ${split.metadata.name}`;
  const key = resourceKey(split);
  return { key, path: 'spec', name, services, callers: undefined, condition: undefined, isTakingAll: false };
}

function ofRoute(route: Route): Comparable[] {
  const { service, callers, rules } = route.spec;
  const namespace = namespaceOf(route);
  const from = callers && new Set(callers.map((ref) => serviceKey(ref, namespace)));
  return rules.map(({ match }: RouteRule, index) => ({
    key: resourceKey(route),
    path: `spec.rules[${index}]`,
    name: `rule ${index} of route ${route.metadata.name}`,
    services: [serviceKey(service, namespace)],
    callers: from,
    condition: match && JSON.stringify(match),
    isTakingAll: true,
  }));
}

/** `rules`: in the order in which they are tried. */
function shadowed(rules: readonly Comparable[]): Shadow[] {
  const takers = new Takers();
  return rules.flatMap((rule) => {
    const hidden = rule.services.flatMap((service) => {
      const by = takers.of(service, rule);
      return by ? [{ service, by }] : [];
    });
    if (rule.isTakingAll) for (const service of rule.services) takers.add(service, rule);
    const [first] = hidden;
    if (!first) return [];
    const where = hidden.map(({ service }) => service).join(', ');
    const text = `${rule.name} is never reached at ${where}: ${first.by.name} is tried before it and takes all of it`;
    return [{ key: rule.key, path: rule.path, by: first.by.key, text }];
  });
}

/** Rules that take all that meets their condition, by service and condition: there may be many thousands. */
class Takers {
  readonly #rules = new Map<string, Comparable[]>();

  add(service: string, rule: Comparable): void {
    const key = keyOf(service, rule.condition);
    const known = this.#rules.get(key);
    if (known) known.push(rule);
    else this.#rules.set(key, [rule]);
  }

  /** The first that leaves nothing of a rule at a service. */
  of(service: string, { condition, callers }: Comparable): Comparable | undefined {
    const alike = condition === undefined ? [] : (this.#rules.get(keyOf(service, condition)) ?? []);
    const all = this.#rules.get(keyOf(service, undefined)) ?? [];
    return [...all, ...alike].find(({ callers: theirs }) => includesAll(theirs, callers));
  }
}

function keyOf(service: string, condition: string | undefined): string {
  return `${service} ${condition ?? ''}`;
}

/** Undefined stands for all callers. */
function includesAll(callers: Comparable['callers'], others: Comparable['callers']): boolean {
  return callers === undefined || (others !== undefined && [...others].every((caller) => callers.has(caller)));
}
