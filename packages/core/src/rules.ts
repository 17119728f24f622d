import {
  type Lane,
  type Namespace,
  namespaceOf,
  type Policy,
  type Problem,
  type Resource,
  type Route,
  resourceKey,
  type Service,
  type Split,
} from '@fairway/model';
import { compileEntry, compileSplit, type Entry } from './entry.ts';
import { orderedEntries } from './entry-order.ts';
import { FOLLOW_HEADER } from './follow/follow-header.ts';
import { groupBy } from './group-by.ts';
import { LANE_HEADER } from './label.ts';
import { compileLane, type LaneRule } from './lane-book.ts';
import { compilePolicies, type PolicyBook } from './policy.ts';
import { type CompiledRouteRule, compileRoute, orderedRoutes } from './route.ts';
import { type Off, offAt, type Place } from './switch.ts';
import { compileTraces, type TraceRate } from './trace-rate.ts';

/** All resources that hold in a namespace, compiled: immutable, swapped as one. */
export interface Rules {
  readonly namespace: string;
  /** Whether anything is governed where these rules hold. */
  readonly enabled: boolean;
  /** What is switched off, where nothing is. */
  readonly off: Off | undefined;
  readonly lanes: ReadonlyMap<string, LaneRule>;
  /** Entry rules, then splits, in the order in which they are tried, by service in full. */
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
  /** The rules of all routes of a service, in the order in which they are tried. */
  readonly routes: ReadonlyMap<string, readonly CompiledRouteRule[]>;
  /** Services that drop labels from outside. */
  readonly edges: ReadonlySet<string>;
  readonly ports: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Lower-case names of headers passed down the chain. */
  readonly propagate: readonly string[];
  /** Lower-case names from which a label is accepted, besides the one that is always. */
  readonly laneHeaders: readonly string[];
  readonly internalHosts: readonly string[];
  /** Of how many requests agents make spans of their own; undefined: of none. */
  readonly traces: TraceRate | undefined;
  /** See {@link policyOf}. */
  readonly policies: PolicyBook;
  /** Resources that could not be compiled and were left out, by key. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
}

/** Headers that belong to one hop or to the agent: never propagated. */
const UNPROPAGATED = new Set([
  LANE_HEADER,
  FOLLOW_HEADER,
  'baggage',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether a header may be passed down the chain by a route's `propagate`. */
export function isPropagable(header: string): boolean {
  return !UNPROPAGATED.has(header.toLowerCase());
}

function byKey(a: Resource, b: Resource): number {
  const [x, y] = [resourceKey(a), resourceKey(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Runs each compilation on its own, so that one resource that is not well formed leaves the others in force. */
class Salvage {
  readonly problems = new Map<string, readonly Problem[]>();

  keep<R extends Resource, T>(resource: R, compile: (resource: R) => T): T[] {
    try {
      return [compile(resource)];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.problems.set(resourceKey(resource), [{ path: 'spec', found: why, expected: 'a resource that compiles' }]);
      return [];
    }
  }
}

function compilePorts(services: readonly Service[]): Map<string, ReadonlyMap<number, number>> {
  const pairs = services.flatMap((service) => {
    const { ports } = service.spec;
    const mapped =
      ports && new Map(Object.entries(ports).map(([dialled, target]) => [Number(dialled), target] as const));
    return mapped ? [[serviceKeyOf(service), mapped] as const] : [];
  });
  return new Map(pairs);
}

/** The service that a Service resource speaks of, in full. */
export function serviceKeyOf(service: Service): string {
  return `${namespaceOf(service)}/${service.metadata.name}`;
}

/**
 * Compiles the resources for the instances of one namespace. The order of the list does not matter. Never throws: what
 * cannot be compiled is left out and told in `problems`.
 *
 * Lanes, splits and the switches are those of the namespace; services, routes and policies speak of any service.
 * `place`: the one instance whose switches count too, besides that of the namespace.
 */
export function compileRules(namespace: string, resources: readonly Resource[], place?: Place): Rules {
  const sorted = [...resources].sort(byKey);
  const ofKind = <R extends Resource>(kind: R['kind']) => sorted.filter((r): r is R => r.kind === kind);
  const own = <R extends Resource>(kind: R['kind']) => ofKind<R>(kind).filter((r) => namespaceOf(r) === namespace);
  const salvage = new Salvage();

  const lanes = own<Lane>('Lane');
  const laneRules = new Map(lanes.map((lane) => [lane.metadata.name, compileLane(lane)]));
  const isDisabled = (lane: string) => laneRules.get(lane)?.enabled === false;
  const byName = new Map(lanes.map((lane) => [lane.metadata.name, lane]));
  const entries = orderedEntries(namespace, lanes).flatMap((placed) =>
    salvage.keep(byName.get(placed.lane) as Lane, () => compileEntry(placed, namespace)),
  );
  const splits = own<Split>('Split').flatMap((s) => salvage.keep(s, () => compileSplit(s, namespace, isDisabled)));
  const services = ofKind<Service>('Service');
  const routes = orderedRoutes(sorted);
  let destinations = 0;
  const compile = (route: Route) => compileRoute(route, namespaceOf(route), () => destinations++);
  const routeRules = routes.flatMap((route) => salvage.keep(route, compile)).flat();
  const spec = ofKind<Namespace>('Namespace').find(({ metadata }) => metadata.name === namespace)?.spec ?? {};
  const off = offAt(spec, place);

  return Object.freeze({
    namespace,
    enabled: off === undefined,
    off,
    lanes: laneRules,
    entries: groupBy([...entries, ...splits], (entry) => entry.services),
    routes: groupBy(routeRules, (rule) => [rule.service]),
    edges: new Set(services.filter((s) => s.spec.edge).map(serviceKeyOf)),
    ports: compilePorts(services),
    ...compileHeaders(spec, routes),
    internalHosts: (spec.internalHosts ?? []).map((host) => host.toLowerCase()),
    traces: compileTraces(spec.traces),
    policies: compilePolicies(ofKind<Policy>('Policy')),
    problems: salvage.problems,
  });
}

function compileHeaders(spec: Namespace['spec'], routes: readonly Route[]): Pick<Rules, 'laneHeaders' | 'propagate'> {
  const further = (spec.laneHeaders ?? []).map((name) => name.toLowerCase());
  const laneHeaders = further.filter((name) => name !== LANE_HEADER);
  const propagate = routes.flatMap((route) => route.spec.propagate ?? []).map((name) => name.toLowerCase());
  return {
    laneHeaders,
    propagate: [...new Set(propagate)].filter((name) => isPropagable(name) && !laneHeaders.includes(name)).sort(),
  };
}

/** The port of the instances of a service that a dialled port means. */
export function targetPort(rules: Rules, service: string, dialledPort: number): number {
  return rules.ports.get(service)?.get(dialledPort) ?? dialledPort;
}

/** Whether a lane is rolled back. A lane that no resource speaks of is not. */
export function isLaneDisabled(rules: Rules, lane: string): boolean {
  return lane !== '' && rules.lanes.get(lane)?.enabled === false;
}
