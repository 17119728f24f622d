import { ALL_POINTS, orderedRoutes } from '@fairway/core';
import { namespaceOf, type Resource, type Route, type RouteRule, serviceKey } from '@fairway/model';
import { writeCondition } from './condition.ts';
import type { PoolBook } from './pool.ts';
import type { Reader } from './source.ts';
import { literal } from './text.ts';
import type { Flag, VariableBook } from './variable-book.ts';

/** Values beside names of upstreams: go on with the lane; fail. */
const GO_ON = '-';
const FAIL = '!';

interface WrittenRule {
  readonly match: Flag;
  readonly value: string;
}

/** Routes that hold for calls of a gateway, which is no service and so is never one of the `callers`. */
function routesOf(service: string, resources: readonly Resource[]): Route[] {
  return orderedRoutes(resources).filter(
    (route) => !route.spec.callers && serviceKey(route.spec.service, namespaceOf(route)) === service,
  );
}

/** Shares of the bucket line by weight, to a hundredth of a percent. */
function drawDestination(
  book: VariableBook,
  reader: Reader,
  pools: PoolBook,
  rule: RouteRule,
  purpose: string,
): string {
  const empty = rule.otherwise === 'fail' ? FAIL : GO_ON;
  const drawn = rule.to.filter(({ weight = 1 }) => weight > 0);
  const total = drawn.reduce((sum, { weight = 1 }) => sum + weight, 0);
  let sum = 0;
  const parts = drawn.map((to, i) => {
    sum += to.weight ?? 1;
    const lane = to.lane === undefined || to.lane === 'base' ? {} : { lane: to.lane };
    const destination = { ...(to.labels ? { labels: to.labels } : {}), ...lane };
    return {
      upTo: Math.round((sum / total) * ALL_POINTS),
      value: pools.ofDestination(destination, `${purpose}_${i}`) || empty,
    };
  });
  const [first] = parts;
  if (!first) return empty;
  return parts.length === 1 ? first.value : book.carve(`${purpose}:${reader.noise}`, parts);
}

function writeRules(book: VariableBook, reader: Reader, pools: PoolBook, route: Route, order: number): WrittenRule[] {
  const scope = { book, reader, owner: `Route ${route.metadata.name}` };
  return route.spec.rules.map((rule, i) => ({
    match: rule.match ? writeCondition(scope, rule.match, `spec.rules[${i}].match`) : true,
    value: drawDestination(book, reader, pools, rule, `_route_${order}_${i}`),
  }));
}

/** The rule that decides: the first whose flag is set. */
function firstMatch(book: VariableBook, rules: readonly WrittenRule[]): string {
  const possible = rules.filter(({ match }) => match !== false);
  const certain = possible.findIndex(({ match }) => match === true);
  const asked = certain < 0 ? possible : possible.slice(0, certain);
  const otherwise = certain < 0 ? GO_ON : (possible[certain] as WrittenRule).value;
  const names = asked.map(({ match }) => (match as { variable: string }).variable);
  if (names.length === 0) return otherwise;
  return book.map(
    names.join(''),
    asked.map(({ value }, i) => [`\\A0{${i}}1`, value] as const),
    otherwise,
  );
}

/**
 * The upstream of a call, by routes and then by lane (lane semantics, section 3). Empty: no instance may take it.
 *
 * @throws FairwayError FAIRWAY_GATEWAY_REFUSED naming the rule that NGINX cannot decide exactly
 */
export function writeDestination(
  book: VariableBook,
  reader: Reader,
  pools: PoolBook,
  resources: readonly Resource[],
  lane: string,
): string {
  const base = pools.ofLane('');
  const others = pools.lanes().map((name) => [`\\A${literal(name)}\\z`, pools.ofLane(name)] as const);
  const differing = others.filter(([, pool]) => pool !== base);
  const byLane = lane === '' || differing.length === 0 ? base : book.map(lane, differing, base);
  const routes = routesOf(pools.service, resources);
  const written = routes.flatMap((route, order) => writeRules(book, reader, pools, route, order));
  if (written.length === 0) return byLane;
  const routed = firstMatch(book, written);
  if (routed === GO_ON) return byLane;
  return book.map(
    routed,
    [
      [`\\A${GO_ON}\\z`, byLane],
      [`\\A${FAIL}\\z`, ''],
    ],
    routed,
  );
}
