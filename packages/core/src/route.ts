import { type Resource, type Route, type RouteDestination, type RouteRule, serviceKey } from '@fairway/model';
import { compileCondition, type Predicate } from './condition.ts';
import type { Dice } from './request-view.ts';

/** One destination of a route rule; its `id` is stable within the rules, so that a table can keep its instances. */
export interface Destination {
  readonly id: number;
  readonly lane: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly upTo: number;
}

/** One rule of a route. The rules of all routes of a service make one list: the first that matches decides. */
export interface CompiledRouteRule {
  /** How it is called in explanations. */
  readonly name: string;
  readonly reason: string;
  /** The service whose calls it directs, in full. */
  readonly service: string;
  readonly match: Predicate;
  readonly destinations: readonly Destination[];
  readonly isFailing: boolean;
}

const DEFAULT_PRIORITY = 100;

function compileDestinations(to: readonly RouteDestination[], nextId: () => number): Destination[] {
  let upTo = 0;
  return to
    .filter(({ weight = 1 }) => weight > 0)
    .map(({ lane = '', labels = {}, weight = 1 }) => {
      upTo += weight;
      return { id: nextId(), lane: lane === 'base' ? '' : lane, labels: Object.entries(labels), upTo };
    });
}

function always(): boolean {
  return true;
}

function compileMatch(rule: RouteRule, callers: ReadonlySet<string> | undefined, namespace: string): Predicate {
  const match = rule.match ? compileCondition(rule.match, namespace) : always;
  if (!callers) return match;
  return (request) => request.caller !== undefined && callers.has(request.caller) && match(request);
}

/** Compiles the rules of a Route, in their order; `nextId` numbers the destinations. */
export function compileRoute(route: Route, namespace: string, nextId: () => number): CompiledRouteRule[] {
  const { callers, service, rules } = route.spec;
  const { name } = route.metadata;
  const from = callers && new Set(callers.map((ref) => serviceKey(ref, namespace)));
  return rules.map((rule, index) => ({
    name: `rule ${index} of route ${name}`,
    reason: `route:${name}`,
    service: serviceKey(service, namespace),
    match: compileMatch(rule, from, namespace),
    destinations: compileDestinations(rule.to, nextId),
    isFailing: rule.otherwise === 'fail',
  }));
}

function compareRoutes(a: Route, b: Route): number {
  const byPriority = (a.spec.priority ?? DEFAULT_PRIORITY) - (b.spec.priority ?? DEFAULT_PRIORITY);
  return byPriority || (a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0);
}

/** The routes among resources, in the order in which those of a service are tried: by priority, then by name. */
export function orderedRoutes(resources: readonly Resource[]): Route[] {
  return resources.filter((resource) => resource.kind === 'Route').sort(compareRoutes);
}

/** Draws a destination by weight; undefined: there is none that may be drawn. */
export function drawDestination(rule: CompiledRouteRule, dice: Dice): Destination | undefined {
  const { destinations } = rule;
  const last = destinations.at(-1);
  if (!last || destinations.length === 1) return last;
  const roll = dice() * last.upTo;
  return destinations.find(({ upTo }) => roll < upTo) ?? last;
}
