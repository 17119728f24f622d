import { once } from 'node:events';
import { get } from 'node:http';
import { API_VERSION, type Instance, type Resource } from '@fairway/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, makeBed } from '../testing/bed.ts';
import type { Viewer } from './address.ts';
import { examineUrl } from './examine.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed();
  const tokens = new Map<string, string>();
  for (const namespace of ['shop', 'bank'])
    tokens.set(namespace, (await bed.client.createToken({ name: namespace, role: 'agent', namespace })).token);
  for (const [id, service, over] of INSTANCES)
    await join(tokens.get(service.split('/')[0] ?? '') ?? '', id, service, over);
  await bed.client.apply([
    resource('Namespace', 'shop', { off: { instances: ['order-off'] } }),
    resource('Service', 'order', { hosts: ['orders.example'], ports: { '81': 8080 } }),
    resource('Service', 'later', {}),
    resource('Lane', 'iso', { strict: true }),
  ]);
});
afterAll(() => bed.close());

const INSTANCES: readonly (readonly [id: string, service: string, over?: Partial<Instance> & { away?: boolean }])[] = [
  ['web-1', 'shop/web'],
  ['web-iso', 'shop/web', { lane: 'iso' }],
  ['web-away', 'shop/web', { away: true }],
  ['order-1', 'shop/order'],
  ['order-gray', 'shop/order', { lane: 'gray' }],
  ['order-off', 'shop/order'],
  ['order-late', 'shop/order', { state: 'starting' }],
  ['pay-away', 'shop/pay', { away: true }],
  ['pay-late', 'shop/pay', { state: 'draining' }],
  ['desk-1', 'bank/desk'],
];

function resource(kind: string, name: string, spec: object): Resource {
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: { name, ...(kind === 'Namespace' ? {} : { namespace: 'shop' }) },
    spec,
  } as Resource;
}

/** Registers an instance as its agent does, and opens its stream, which ends with the control plane. */
async function join(
  token: string,
  id: string,
  service: string,
  { away, ...over }: Partial<Instance> & { away?: boolean } = {},
) {
  const host = `10.0.0.${INSTANCES.findIndex(([one]) => one === id) + 1}`;
  const instance = { id, service, host, ports: [8080], state: 'ready', ...over };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ version: 1, instance, agent: { version: '1', runtime: 'test', pid: 1 } });
  const { status } = await fetch(`${bed.url}/agent/v1/instances`, { method: 'POST', headers, body });
  expect(status).toBe(204);
  if (away) return;
  const [stream] = await once(get(`${bed.url}/agent/v1/stream?instance=${id}`, { headers }), 'response');
  stream.on('error', () => {}).resume();
}

const told = async (url: string, viewer: Partial<Viewer> = {}) => {
  const options = { server: bed.url, token: bed.token };
  const findings = await examineUrl(options, new URL(url), { namespace: 'shop', ...viewer });
  for (const { level, advice } of findings) if (level !== 'fine') expect(advice).toBeTruthy();
  return findings.map(({ level, what, advice }) => `${level}: ${what}${advice ? `: ${advice}` : ''}`);
};

describe('an address', () => {
  it.each<[string, string, Partial<Viewer>, RegExp[]]>([
    [
      'that is a name',
      'http://order:8080',
      {},
      [/^fine: order:8080, dialled from namespace shop, means service shop\/order, port 8080$/],
    ],
    ['that is declared', 'http://orders.example:8080', {}, [/^fine: .*shop\/order, port 8080/]],
    ['whose port is mapped', 'http://order:81', {}, [/^fine: .*shop\/order, port 8080/]],
    ['that is of an instance', 'http://10.0.0.4:8080', {}, [/^fine: 10\.0\.0\.4:8080, .*shop\/order, port 8080/]],
    [
      'with its instances, by lane',
      'http://order:8080',
      {},
      [
        /^fine: ready in lane base: order-1, order-off; in lane gray: order-gray$/,
        /^note: not ready: order-late \(starting\)/,
      ],
    ],
    ['with instances that are off', 'http://order:8080', {}, [/^problem: switched off.*: order-off \(by instance\)/]],
    ['without a ready instance', 'http://desk.bank:8080', { namespace: 'none' }, [/^fine: .*bank\/desk/]],
    [
      'whose agents are away',
      'http://pay:8080',
      {},
      [/^problem: the agent is away at pay-away/, /^note: not ready: pay-late \(draining\)/],
    ],
    [
      'of another namespace',
      'http://desk:8080',
      {},
      [/^problem: desk:8080, .*means nothing that Fairway knows.*: dial desk\.bank; or declare/],
    ],
    ['of nobody', 'https://example.com', {}, [/^problem: example\.com:443, .*means nothing/]],
    ['of nobody, IPv6', 'http://[::1]:1', {}, [/^problem: \[::1\]:1, .*means nothing/]],
    [
      'with another port',
      'http://order:9',
      {},
      [/^problem: no instance of shop\/order serves port 9, they serve 8080.*spec\.ports.*\{"9": 8080\}/],
    ],
    ['of a service without instances', 'http://later:80', {}, [/^problem: shop\/later has no instance/]],
    [
      'as an instance dials it',
      'http://order:8080',
      { at: 'web-1' },
      [/^fine: a call from web-1 goes to order-1, order-off \(base\)$/],
    ],
    [
      'as an instance dials it that is off',
      'http://order:8080',
      { at: 'order-off' },
      [/^problem: a call from order-off passes through \(off\)/],
    ],
    [
      'as an instance dials it that is away',
      'http://order:8080',
      { at: 'web-away' },
      [/^problem: the agent of web-away is away/],
    ],
    [
      'as an instance of a strict lane dials it',
      'http://order:8080',
      { at: 'web-iso' },
      [/^problem: a call from web-iso fails with FAIRWAY_NO_INSTANCE: .*explain --at web-iso/],
    ],
    [
      'as an instance dials nobody',
      'http://example.com',
      { at: 'web-1' },
      [/^problem: a call from web-1 passes through \(unknown-host\)/],
    ],
    [
      'as an instance dials another port',
      'http://order:9',
      { at: 'web-1' },
      [/^problem: a call from web-1 passes through \(no-port\)/],
    ],
    ['as nobody dials it', 'http://order:8080', { at: 'nobody' }, [/^problem: there is no instance nobody/]],
  ])('%s', async (_what, url, viewer, said) => {
    const all = await told(url, viewer);
    for (const one of said) expect(all).toContainEqual(expect.stringMatching(one));
  });

  it('is told on the command line, with its exit status', async () => {
    const fine = await bed.fairway(['doctor', '--url', 'http://desk.bank:8080/x', '--json']);
    expect(fine.status).toBe(0);
    expect(JSON.parse(fine.out)).toMatchObject({ problems: 0, findings: [{ level: 'fine' }, { level: 'fine' }] });
    const bad = await bed.fairway(['doctor', '--url', 'http://order:9', '-n', 'shop', '--at', 'web-1']);
    expect(bad).toMatchObject({
      status: 1,
      out: expect.stringMatching(/^BAD .*\n {7}dial a port.*\n[\s\S]*\d problems\n$/m),
    });
  });
});
