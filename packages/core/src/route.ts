import { type Route, type RouteDestination, serviceKey } from '@fairway/model';
import { compileCondition, type Predicate } from './condition.ts';
import type { Dice } from './request-view.ts';

/** One destination of a route rule; its `id` is stable within the rules, so that a table can keep its instances. */
export interface Destination {
  readonly id: number;
  readonly lane: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly upTo: number;
}

export interface CompiledRouteRule {
  readonly match: Predicate | undefined;
  readonly destinations: readonly Destination[];
  readonly isFailing: boolean;
}

export interface CompiledRoute {
  readonly name: string;
  readonly reason: string;
  readonly service: string;
  readonly callers: ReadonlySet<string> | undefined;
  readonly rules: readonly CompiledRouteRule[];
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

/** Compiles a Route; `nextId` numbers the destinations. */
export function compileRoute(route: Route, namespace: string, nextId: () => number): CompiledRoute {
  const { callers } = route.spec;
  return {
    name: route.metadata.name,
    reason: `route:${route.metadata.name}`,
    service: serviceKey(route.spec.service, namespace),
    callers: callers && new Set(callers.map((ref) => serviceKey(ref, namespace))),
    rules: route.spec.rules.map((rule) => ({
      match: rule.match && compileCondition(rule.match, namespace),
      destinations: compileDestinations(rule.to, nextId),
      isFailing: rule.otherwise === 'fail',
    })),
  };
}

/** Order in which the routes of a service are tried: priority, then name. */
export function compareRoutes(a: Route, b: Route): number {
  const byPriority = (a.spec.priority ?? DEFAULT_PRIORITY) - (b.spec.priority ?? DEFAULT_PRIORITY);
  return byPriority || (a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0);
}

/** Draws a destination by weight; undefined: there is none that may be drawn. */
export function drawDestination(rule: CompiledRouteRule, dice: Dice): Destination | undefined {
  const { destinations } = rule;
  const last = destinations.at(-1);
  if (!last || destinations.length === 1) return last;
  const roll = dice() * last.upTo;
  return destinations.find(({ upTo }) => roll < upTo) ?? last;
}
