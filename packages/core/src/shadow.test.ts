import type { Resource } from '@fairway/model';
import { expect, it } from 'vitest';
import { shadows } from './shadow.ts';

const resource = (kind: string, name: string, spec: object) =>
  ({ apiVersion: 'fairway.dev/v1', kind, metadata: { name, namespace: 'shop' }, spec }) as Resource;
const lane = (name: string, ...entry: object[]) => resource('Lane', name, { entry });
const route = (name: string, spec: object) => resource('Route', name, { service: 'order', ...spec });
const placesOf = (...resources: Resource[]) => shadows('shop', resources).map(({ key, path }) => `${key} ${path}`);

const tier = { match: { header: 'x-tier', exact: 'gold' } };
const to = [{ lane: 'gray' }];

it.each<[string, Resource[], string[]]>([
  [
    'nothing, of rules that share what comes',
    [lane('a', { services: ['web'], percent: 10 }), lane('b', { services: ['web'], percent: 10 })],
    [],
  ],
  [
    'a rule after one that takes all',
    [lane('a', { services: ['web'] }), lane('b', { services: ['web'], percent: 10 })],
    ['shop/Lane/b spec.entry[0]'],
  ],
  [
    'a condition is tried before a mere percentage',
    [lane('a', { services: ['web'] }), lane('b', { services: ['web'], ...tier })],
    [],
  ],
  [
    'the same condition again',
    [lane('a', { services: ['web'], ...tier }), lane('b', { services: ['web'], ...tier })],
    ['shop/Lane/b spec.entry[0]'],
  ],
  [
    'another condition',
    [
      lane('a', { services: ['web'], ...tier }),
      lane('b', { services: ['web'], match: { header: 'x-tier', exact: 'tin' } }),
    ],
    [],
  ],
  [
    'half of the same condition leaves the other half',
    [lane('a', { services: ['web'], ...tier, percent: 50 }), lane('b', { services: ['web'], ...tier })],
    [],
  ],
  [
    'requests without the sticky key pass by',
    [lane('a', { services: ['web'], stickyBy: { header: 'x-user' } }), lane('b', { services: ['web'], percent: 1 })],
    [],
  ],
  [
    'a header that names the lane is each lane\u2019s own',
    [
      lane('a', { services: ['web'], header: { name: 'x-env' } }),
      lane('b', { services: ['web'], header: { name: 'x-env' } }),
    ],
    [],
  ],
  [
    'a lane that is switched off takes nothing',
    [
      resource('Lane', 'a', { enabled: false, entry: [{ services: ['web'] }] }),
      lane('b', { services: ['web'], percent: 1 }),
    ],
    [],
  ],
  [
    'a split after a rule that takes all',
    [
      lane('a', { services: ['web'] }),
      resource('Split', 's', { services: ['web'], split: [{ lane: 'a', percent: 5 }] }),
    ],
    ['shop/Split/s spec'],
  ],
  [
    'rules of a route after one without a condition',
    [route('r', { rules: [{ to }, { ...tier, to }] })],
    ['shop/Route/r spec.rules[1]'],
  ],
  [
    'routes by priority',
    [route('late', { priority: 200, rules: [{ ...tier, to }] }), route('z', { rules: [{ to }] })],
    ['shop/Route/late spec.rules[0]'],
  ],
  [
    'a route for some callers leaves the others',
    [route('a', { callers: ['web'], rules: [{ to }] }), route('b', { rules: [{ to }] })],
    [],
  ],
  [
    'a route for some of those callers',
    [route('a', { callers: ['web', 'app'], rules: [{ to }] }), route('b', { callers: ['app'], rules: [{ to }] })],
    ['shop/Route/b spec.rules[0]'],
  ],
  [
    'other namespaces',
    [
      lane('a', { services: ['web'] }),
      { ...lane('b', { services: ['web'], percent: 1 }), metadata: { name: 'b', namespace: 'else' } } as Resource,
    ],
    [],
  ],
])('finds %s', (_case, resources, found) => {
  expect(placesOf(...resources)).toEqual(found);
});

it('tells where, and because of what', () => {
  const all = [lane('a', { services: ['web', 'app'] }), lane('b', { services: ['app', 'pos'], percent: 10 })];
  expect(shadows('shop', all)[0]).toEqual({
    key: 'shop/Lane/b',
    path: 'spec.entry[0]',
    by: 'shop/Lane/a',
    text: 'entry 0 of lane b is never reached at shop/app: entry 0 of lane a is tried before it and takes all of it',
  });
});
