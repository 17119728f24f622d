// Worlds and requests for the property tests. Development only: nothing but tests imports it.
import type { Instance, Resource } from '@fairway/model';
import fc from 'fast-check';
import type { RequestView } from './request-view.ts';

export const LANES = ['gray', 'blue', 'dev-1'] as const;
export const SERVICES = ['web', 'order', 'payment'] as const;

const lane = fc.constantFrom(...LANES);
const service = fc.constantFrom(...SERVICES);
const percent = fc.integer({ min: 0, max: 10_000 }).map((points) => points / 100);

const condition = fc.oneof(
  fc.record({ header: fc.constantFrom('x-user', 'X-Tier'), exact: fc.constantFrom('anna', 'gold') }),
  fc.record({ path: fc.record({ prefix: fc.constantFrom('/', '/a') }) }),
  fc.record({ not: fc.record({ header: fc.constant('x-user'), exists: fc.boolean() }) }),
);

const entry = fc.record(
  {
    services: fc.array(service, { minLength: 1, maxLength: 2 }),
    priority: fc.integer({ min: 0, max: 3 }),
    match: condition,
    percent,
    stickyBy: fc.constant({ header: 'x-user' }),
  },
  { requiredKeys: ['services'] },
);

function resource(kind: string, name: string, spec: object): Resource {
  return { apiVersion: 'fairway.dev/v1', kind, metadata: { name, namespace: 'shop' }, spec } as unknown as Resource;
}

const laneResource = fc
  .record({
    name: lane,
    enabled: fc.boolean(),
    strict: fc.boolean(),
    fallback: fc.option(fc.uniqueArray(fc.constantFrom('base', ...LANES), { maxLength: 3 }), { nil: undefined }),
    fallbackWhen: fc.constantFrom('unhealthy', 'absent'),
    entry: fc.array(entry, { maxLength: 3 }),
  })
  .map(({ name, fallback, ...spec }) => resource('Lane', name, { ...spec, ...(fallback && { fallback }) }));

const routeResource = fc
  .record({
    name: fc.constantFrom('r1', 'r2'),
    service,
    priority: fc.integer({ min: 0, max: 2 }),
    match: condition,
    lane,
    otherwise: fc.constantFrom('continue', 'fail'),
  })
  .map(({ name, service: target, priority, match, lane: to, otherwise }) =>
    resource('Route', name, { service: target, priority, rules: [{ match, to: [{ lane: to }], otherwise }] }),
  );

/** Lanes with entries and, where asked for, routes of namespace shop; each name at most once. */
export function resources(withRoutes: boolean): fc.Arbitrary<Resource[]> {
  const selector = (r: Resource) => `${r.kind}/${r.metadata.name}`;
  return fc.uniqueArray(withRoutes ? fc.oneof(laneResource, routeResource) : laneResource, { selector, maxLength: 6 });
}

const instance = fc.record({
  service,
  lane: fc.constantFrom('', ...LANES),
  state: fc.constantFrom('starting', 'ready', 'ready', 'ready', 'draining', 'gone'),
  ejected: fc.boolean(),
  suspect: fc.boolean(),
  weight: fc.integer({ min: 0, max: 200 }),
});

/** Instances of namespace shop, all on port 8080. */
export const instances: fc.Arbitrary<Instance[]> = fc.array(instance, { maxLength: 12 }).map(
  (list) =>
    list.map((one, i) => ({
      ...one,
      id: `i${i}`,
      service: `shop/${one.service}`,
      host: `10.0.0.${i + 1}`,
      ports: [8080],
    })) as Instance[],
);

/** Requests with a user, a tier and sometimes a label. */
export const requests: fc.Arbitrary<RequestView> = fc
  .record({
    user: fc.option(fc.string({ maxLength: 8 }), { nil: undefined }),
    tier: fc.constantFrom(undefined, 'gold'),
    label: fc.constantFrom(undefined, ...LANES, 'unknown', 'NOT A LABEL'),
    url: fc.constantFrom('/', '/a/b?x=1', '/c'),
  })
  .map(({ user, tier, label, url }) => {
    const headers: Record<string, string | undefined> = { 'x-user': user, 'x-tier': tier, 'x-fairway-lane': label };
    return { method: 'GET', url, header: (name) => headers[name] };
  });

/** A dice that gives one draw again and again. */
export const dices = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((roll) => () => roll);
