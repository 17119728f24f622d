import { compileRules, inboundLane, writtenView } from '@fairway/core';
import { API_VERSION, type Condition, type Resource, type StickyBy, type WrittenRequest } from '@fairway/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, entry, lane, makeBed } from './testing/bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed.close());

const GATEWAY = { service: 'shop/public', lane: '' };

/** What core decides at the gateway: an edge is a Service marked so. */
function chosenByCore(resources: readonly Resource[], request: WrittenRequest, isEdge = true): string {
  const edge: Resource = {
    apiVersion: API_VERSION,
    kind: 'Service',
    metadata: { name: 'public', namespace: 'shop' },
    spec: { edge: isEdge },
  };
  const headers = { host: `127.0.0.1:${bed.port}`, ...request.headers };
  const view = writtenView({ ...request, clientIp: '127.0.0.1', headers });
  return inboundLane(compileRules('shop', [...resources, edge]), GATEWAY, view, () => 0.5).lane;
}

async function chosenByNginx(request: WrittenRequest): Promise<string> {
  const seen = await bed.send(request);
  expect(seen.status).toBe(200);
  return String(seen.headers['x-fairway-lane'] ?? '');
}

async function compare(resources: readonly Resource[], requests: readonly WrittenRequest[], isEdge = true) {
  await bed.apply(resources, { edge: isEdge });
  const told = await Promise.all(requests.map(async (request) => ({ request, lane: await chosenByNginx(request) })));
  expect(told).toEqual(requests.map((request) => ({ request, lane: chosenByCore(resources, request, isEdge) })));
  return new Set(told.map((one) => one.lane));
}

const VALUES = [
  'alice',
  'Alice',
  'alic',
  'alice2',
  'al.ce',
  'x"y',
  'a;b{c}',
  '$uid',
  'a\\b',
  '007',
  'a|b',
  'x  y',
  'ali ce',
];
const REQUESTS: readonly WrittenRequest[] = [
  {},
  { method: 'POST', url: '/pay' },
  ...VALUES.map((value) => ({ headers: { 'x-user': value } })),
  ...VALUES.map((value) => ({ url: `/pay/${encodeURIComponent(value)}?user=${encodeURIComponent(value)}&b=1` })),
  ...VALUES.filter((value) => !/[;{}]/.test(value)).map((value) => ({
    headers: { cookie: `a=1; user=${value}; b=user` },
  })),
  { url: '/?userx=alice&user=alice' },
  { url: '/?user=bob&user=alice' },
  { url: '/?user' },
  { url: '/?user=%61lice' },
  { url: '/?user=ali+ce' },
  { url: '/pay?x=/%3Fuser=alice' },
  { url: '/PAY/alice' },
  { headers: { cookie: 'xuser=alice' } },
  { headers: { cookie: 'user=bob; user=alice' } },
  { headers: { cookie: 'user=' } },
  { headers: { cookie: 'user' } },
  { headers: { cookie: 'a=1,user=alice; user=bob' } },
  { headers: { cookie: 'user=alice,b' } },
  { headers: { host: 'Shop.Example:8080' } },
  { headers: { host: 'api.shop.example' } },
];

const SOURCES: readonly ((operators: object) => Condition)[] = [
  (operators) => ({ header: 'X-User', ...operators }),
  (operators) => ({ cookie: 'user', ...operators }),
  (operators) => ({ query: 'user', ...operators }),
];
const OPERATORS: readonly object[] = [
  { exact: 'alice' },
  { exact: 'x"y' },
  { exact: '$uid' },
  { exact: 'ali ce' },
  { exact: 'a\\b' },
  { in: ['alice', 'al.ce', 'a|b'] },
  { prefix: 'al' },
  { prefix: 'al', suffix: 'ce' },
  { suffix: '.ce' },
  { suffix: '$uid' },
  { exists: true },
  { exists: false },
  { not: { exact: 'alice' } },
  { exists: true, not: { prefix: 'a' } },
];
const REGEXES = [
  'al.ce',
  '(?i)ALICE',
  'alice|bob',
  '\\d+',
  '[^a]*',
  '.*',
  'a[l]ice$',
  '(?:a|al|ali)+ce\\d?',
  '\\S+\\s\\S+',
  '[\\sa-z]+',
];

describe('NGINX chooses as core does', () => {
  const conditions = [
    ...SOURCES.flatMap((source) => OPERATORS.map(source)),
    ...REGEXES.flatMap((regex) => SOURCES.slice(0, 2).map((source) => source({ regex }))),
    { path: { exact: '/pay' } },
    { path: { prefix: '/pay/' } },
    { path: { regex: '/pay/al.*' } },
    { path: { suffix: 'alice' } },
    { method: { exact: 'POST' } },
    { method: { in: ['PUT', 'GET'] } },
    { host: { exact: 'SHOP.example' } },
    { host: { suffix: '.example' } },
    { clientIp: { exact: '127.0.0.0/8' } },
    { clientIp: { in: ['10.0.0.0/8', '::1'] } },
    { clientIp: { not: { exact: '10.0.0.1' } } },
    { caller: { exact: 'shop/order' } },
    { caller: { exists: false } },
    { not: { method: { exact: 'POST' } } },
    { all: [] },
    { any: [] },
    { all: [{ header: 'x-user', prefix: 'a' }, { not: { header: 'x-user', suffix: 'e' } }] },
    { any: [{ cookie: 'user', exists: true }, { query: 'user', exact: 'alice' }, { path: { prefix: '/PAY' } }] },
    {
      not: {
        any: [{ header: 'x-user', exists: true }, { all: [{ method: { exact: 'GET' } }, { query: 'b', exact: '1' }] }],
      },
    },
  ];
  // Several conditions share a configuration: each has a lane of its own, tried in turn by a selecting header.
  const pick = (i: number): Condition => ({ header: 'x-case', exact: String(i) });
  const resources = conditions.map((condition, i) => entry(`l${i}`, { match: { all: [pick(i), condition] } }));

  it.each(conditions.map((condition, i) => [JSON.stringify(condition), i] as const))('%s', async (_name, i) => {
    const requests = REQUESTS.map((request) => ({ ...request, headers: { ...request.headers, 'x-case': String(i) } }));
    await compare(resources, requests);
  });
});

describe('order of rules', () => {
  const user = (name: string) => ({ headers: { 'x-user': name } });

  it('is by priority, then conditions, then lane, and disabled lanes are passed over', async () => {
    const any = { header: 'x-user', exists: true };
    const resources = [
      entry('a-all', { percent: 100 }),
      entry('b-any', { match: any }),
      entry('c-any', { match: any }),
      entry('d-first', { priority: 1, header: { name: 'x-user', value: 'dora' } }),
      lane('e-off', { enabled: false, entry: [{ services: ['public'], priority: 0 }] }),
      lane('f-elsewhere', { entry: [{ services: ['web'], priority: 0 }] }),
    ];
    const lanes = await compare(resources, [{}, user('x'), user('dora')]);
    expect(lanes).toEqual(new Set(['a-all', 'b-any', 'd-first']));
  });

  it('asks splits after all rules', async () => {
    const split: Resource = {
      apiVersion: API_VERSION,
      kind: 'Split',
      metadata: { name: 'thirds', namespace: 'shop' },
      spec: {
        services: ['public'],
        stickyBy: { header: 'x-user' },
        split: [
          { lane: 'blue', percent: 33.33 },
          { lane: 'off', percent: 20 },
        ],
      },
    };
    const resources = [
      lane('blue', {}),
      lane('off', { enabled: false }),
      entry('gray', { header: { name: 'x-env' } }),
      split,
    ];
    const requests = [
      {},
      { headers: { 'x-env': 'gray' } },
      ...Array.from({ length: 100 }, (_, i) => user(`user-${i}`)),
    ];
    expect(await compare(resources, requests)).toEqual(new Set(['', 'gray', 'blue']));
  });
});

describe('percentages', () => {
  const keys = Array.from({ length: 300 }, (_, i) => `user-${i * 7919}$`);

  it.each<[string, StickyBy, (key: string) => WrittenRequest]>([
    ['header', { header: 'X-User' }, (key) => ({ headers: { 'x-user': `${key}ü` } })],
    ['cookie', { cookie: 'uid' }, (key) => ({ headers: { cookie: `a=b; uid=${key}` } })],
    ['query', { query: 'uid' }, (key) => ({ url: `/?uid=${key}` })],
  ])('stick to a %s exactly as in core', async (_name, stickyBy, request) => {
    const resources = [entry('gray', { id: 'salt "$x" ;{}', percent: 12.34, stickyBy }), lane('blue', {})];
    const lanes = await compare(resources, [{}, ...keys.map(request)]);
    expect(lanes).toEqual(new Set(['', 'gray']));
  });

  it('without a key match nobody, or draw when told so', async () => {
    await bed.apply([entry('gray', { percent: 50, stickyBy: { header: 'x-user' }, keyless: 'random' })]);
    const drawn = await Promise.all(Array.from({ length: 60 }, () => chosenByNginx({})));
    expect(new Set(drawn)).toEqual(new Set(['', 'gray']));
    const same = await Promise.all(Array.from({ length: 10 }, () => chosenByNginx({ headers: { 'x-user': 'ann' } })));
    expect(new Set(same).size).toBe(1);
  });

  it('that draw give their share, within the 95 % interval widened to one in a million', async () => {
    await bed.apply([entry('gray', { percent: 10 })]);
    const n = 2000;
    let gray = 0;
    for (let i = 0; i < n; i += 100) {
      const lanes = await Promise.all(Array.from({ length: 100 }, () => chosenByNginx({})));
      gray += lanes.filter((name) => name === 'gray').length;
    }
    expect(Math.abs(gray - n * 0.1)).toBeLessThan(5 * Math.sqrt(n * 0.1 * 0.9));
  });
});

describe('labels', () => {
  const labelled = [
    { headers: { 'x-fairway-lane': 'gray' } },
    { headers: { 'x-fairway-lane': 'Gray!' } },
    { headers: { 'x-fairway-lane': 'off' } },
    { headers: { 'x-fairway-lane': 'nobody-knows' } },
    { headers: { 'x-mse-tag': 'blue' } },
    { headers: { 'x-mse-tag': 'blue', 'x-fairway-lane': 'gray' } },
    { headers: { baggage: 'a=1, fairway.lane=blue;p=1 ,b=2' } },
    { headers: { baggage: 'fairway.lane=blue,fairway.lane=gray' } },
    { headers: { baggage: 'xfairway.lane=blue' } },
  ];
  const resources: Resource[] = [
    { apiVersion: API_VERSION, kind: 'Namespace', metadata: { name: 'shop' }, spec: { laneHeaders: ['X-Mse-Tag'] } },
    entry('gray', { header: { name: 'x-env', value: 'dev' } }),
    lane('blue', {}),
    lane('off', { enabled: false }),
  ];

  it('are trusted inside', async () => {
    expect(await compare(resources, labelled, false)).toEqual(new Set(['', 'gray', 'blue', 'nobody-knows']));
  });

  it('from outside are dropped at an edge, in every form; the rest of the baggage is kept', async () => {
    expect(await compare(resources, labelled)).toEqual(new Set(['']));
    const seen = await bed.send({
      headers: { 'x-fairway-lane': 'gray', 'x-mse-tag': 'gray', baggage: 'a=1,fairway.lane=gray,b=2', 'x-env': 'no' },
    });
    expect(seen.headers).toMatchObject({ baggage: 'a=1,b=2', 'x-env': 'no' });
    expect(seen.headers).not.toHaveProperty('x-fairway-lane');
    expect(seen.headers).not.toHaveProperty('x-mse-tag');
    const twice = await bed.send({ headers: { baggage: 'fairway.lane=gray,a=1,fairway.lane=blue' } });
    expect(twice.headers).not.toHaveProperty('baggage');
  });

  it.each([true, false])('are set for the lane that all get, also as baggage (edge: %s)', async (edge) => {
    await bed.apply([lane('dev', { entry: [{ services: ['public'] }] })], { edge });
    const seen = await bed.send({ headers: { baggage: 'a=1' } });
    expect(seen.headers).toMatchObject({ 'x-fairway-lane': 'dev', baggage: 'a=1,fairway.lane=dev' });
  });

  it('are set for the lane that a rule gives, also as baggage', async () => {
    await bed.apply(resources);
    const seen = await bed.send({ headers: { 'x-env': 'dev', baggage: 'a=1' } });
    expect(seen).toMatchObject({
      instance: 'gray',
      headers: { 'x-fairway-lane': 'gray', baggage: 'a=1,fairway.lane=gray' },
    });
  });
});
