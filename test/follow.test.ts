// One request is followed through real processes by each protocol, and through nothing that is not signed.
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureAgentBundle } from '@fairway/agent';
import { type Client, createClient } from '@fairway/client';
import type { HopNode, RequestTrace, Resource } from '@fairway/model';
import { type Child, startChild } from '@fairway/shop/demo/child.ts';
import { type ControlPlane, startControlPlane } from '@fairway/shop/demo/control-plane.ts';
import { freePort } from '@fairway/shop/demo/free-port.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./follow/program.cjs', import.meta.url));
const CLI = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url));
const PROTOCOLS = ['http', 'fetch', 'http2', 'grpc'] as const;
/** Neither the keys nor the registration of a process that listens are there at once. */
const SETTLE = { timeout: 30_000 };

interface Answer {
  readonly at: string;
  readonly header: string | null;
  readonly traceparent: string | null;
  readonly next: Answer | null;
}

let dir: string;
let controlPlane: ControlPlane;
let client: Client;
let ports: readonly number[];
const children: Child[] = [];

async function start(name: string, host: string, next: string, lane = ''): Promise<void> {
  const service = name.split('-')[0] as string;
  const child = await startChild({
    name,
    command: process.execPath,
    args: [PROGRAM],
    env: {
      PATH: process.env['PATH'],
      HOST: host,
      PORTS: ports.join(),
      NAME: name,
      NEXT: next,
      NEXT_HOST: { order: '127.0.75.2', pay: '127.0.75.4' }[next],
      NODE_OPTIONS: `--require ${await ensureAgentBundle()}`,
      FAIRWAY_SERVER: controlPlane.server,
      FAIRWAY_TOKEN: (await client.createToken({ name, role: 'agent', namespace: 'shop' })).token,
      FAIRWAY_NAMESPACE: 'shop',
      FAIRWAY_SERVICE: service,
      FAIRWAY_INSTANCE: name,
      FAIRWAY_LANE: lane,
      FAIRWAY_HOST: host,
      FAIRWAY_STATE_DIR: join(dir, name),
    },
    readyLine: /listening (\d+)/,
  });
  children.push(child);
}

const urlOf = (via: string) => `http://127.0.75.1:${ports[0]}/basket?via=${via}`;

async function ask(via: string, headers: Record<string, string>): Promise<Answer> {
  const answer = await fetch(urlOf(via), { headers });
  if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

function chainOf({ at, next }: Answer): string[] {
  return [at, ...(next ? chainOf(next) : [])];
}

async function followed(via: string): Promise<RequestTrace> {
  const { id, header, value } = await client.follow();
  const answer = await ask(via, { [header]: value, 'x-fairway-lane': 'gray' });
  expect(chainOf(answer)).toEqual(['web-base', 'order-gray', 'pay-base']);
  return completed(id);
}

/** A request once all was told of it. */
async function completed(id: string): Promise<RequestTrace> {
  await expect.poll(async () => (await client.followed(id, { wait: 'complete' })).complete, SETTLE).toBe(true);
  return client.followed(id);
}

/** The one path through a tree. */
function pathOf([node, ...others]: readonly HopNode[]): HopNode[] {
  expect(others).toEqual([]);
  return node ? [node, ...pathOf(node.children)] : [];
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fairway-follow-'));
  controlPlane = await startControlPlane(join(dir, 'store'), await freePort());
  client = createClient({ server: controlPlane.server, token: controlPlane.token });
  const metadata = { name: 'gray', namespace: 'shop' };
  await client.apply([{ apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata, spec: {} } as Resource]);
  ports = [await freePort(), await freePort(), await freePort()];
  await start('pay-base', '127.0.75.4', '');
  await start('order-base', '127.0.75.2', 'pay');
  await start('order-gray', '127.0.75.3', 'pay', 'gray');
  await start('web-base', '127.0.75.1', 'order');
  await vi.waitFor(async () => {
    const known = (await client.instances()).filter(({ state, ports: own }) => state === 'ready' && own.length === 3);
    expect(known).toHaveLength(4);
  }, SETTLE);
  for (const via of PROTOCOLS) {
    await vi.waitFor(async () => {
      expect(chainOf(await ask(via, { 'x-fairway-lane': 'gray' }))).toEqual(['web-base', 'order-gray', 'pay-base']);
    }, SETTLE);
  }
}, 90_000);

afterAll(async () => {
  await Promise.all(children.map((child) => child.stop()));
  await controlPlane?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe.each(PROTOCOLS)('a request that goes on by %s', (via) => {
  it('is told of by each hop: what was decided, why, and what became of it', async () => {
    const trace = await followed(via);
    expect(trace).toMatchObject({ complete: true, hops: 5, dropped: 0 });
    const path = via === 'grpc' ? '/shop.Chain/Ask' : '/basket';
    const hops = pathOf(trace.roots);
    expect(hops).toMatchObject([
      { kind: 'served', instance: 'web-base', lane: 'gray', reason: 'carried', path: '/basket', status: 200 },
      { kind: 'called', to: 'shop/order', lane: 'gray', reason: 'lane', path, outcome: '2xx' },
      { kind: 'served', instance: 'order-gray', instanceLane: 'gray', reason: 'carried', path, outcome: '2xx' },
      { kind: 'called', to: 'shop/pay', lane: 'gray', reason: 'fallback:base', path, outcome: '2xx' },
      { kind: 'served', instance: 'pay-base', instanceLane: '', lane: 'gray', path, outcome: '2xx' },
    ]);
    const [, toOrder, , toPay] = hops;
    expect(toOrder).toMatchObject({ eligible: { count: 1, instances: ['order-gray'] } });
    expect(toOrder?.attempts).toMatchObject([{ instance: 'order-gray', lane: 'gray', outcome: '2xx' }]);
    expect(toPay?.steps.map(({ text }) => text)).toEqual(['lane gray: 0 instances', 'base: 1 instance']);
  });

  it('is not followed by a header that nobody of ours signed, and that is not passed on', async () => {
    const { id, header, value } = await client.follow();
    const [key, , expires] = value.split('.') as [string, string, string];
    const { privateKey } = generateKeyPairSync('ed25519');
    const claim = `fairway-follow.1.${key}.${id}.${expires}`;
    const forged = `${key}.${id}.${expires}.${sign(null, Buffer.from(claim), privateKey).toString('base64url')}`;
    for (const wrong of [forged, 'anything', value.replace(expires, String(Number(expires) + 3600))]) {
      const answer = await ask(via, { [header]: wrong, 'x-fairway-lane': 'gray' });
      expect([answer.header, answer.next?.header, answer.next?.next?.header]).toEqual([wrong, null, null]);
    }
    // What comes after it is told after it: had there been hops of the forged ones, they would be here.
    await followed(via);
    expect(await client.followed(id)).toMatchObject({ hops: 0 });
  });
});

it('a request that nobody follows carries nothing', async () => {
  const { header, next } = await ask('http', {});
  expect([header, next?.header, next?.next?.header]).toEqual([null, null, null]);
});

describe('spans that agents make', () => {
  const traceIdsOf = ({ traceparent, next }: Answer): (string | undefined)[] => [
    traceparent?.split('-')[1],
    ...(next ? traceIdsOf(next) : []),
  ];
  const apply = async (spec: object) => {
    const metadata = { name: 'shop' };
    const { revision } = await client.apply([
      { apiVersion: 'fairway.dev/v1', kind: 'Namespace', metadata, spec } as Resource,
    ]);
    await client.propagation(revision, { timeoutMs: 30_000 });
  };

  it('are none unless asked for', async () => {
    const answer = await ask('http', { 'x-fairway-lane': 'gray' });
    expect(traceIdsOf(answer)).toEqual([undefined, undefined, undefined]);
    expect(await client.traces()).toEqual([]);
  });

  it.each(PROTOCOLS)('of a lane that is sampled are one trace, which the request brought, by %s', async (via) => {
    await apply({ traces: { lanes: { gray: 100 } } });
    const id = randomBytes(16).toString('hex');
    const traceparent = `00-${id}-00f067aa0ba902b7-01`;
    const answer = await ask(via, { 'x-fairway-lane': 'gray', traceparent });
    expect(traceIdsOf(answer)).toEqual([id, id, id]);
    const isTold = async () => (await client.traces({ lane: 'gray' })).find((one) => one.id === id)?.hops;
    await expect.poll(isTold, SETTLE).toBe(5);
    const { roots, complete } = await client.trace(id);
    expect(complete).toBe(false);
    expect(pathOf(roots)).toMatchObject([
      { service: 'shop/web', parent: '00f067aa0ba902b7', reason: 'carried', steps: [] },
      { to: 'shop/order', reason: 'lane' },
      { service: 'shop/order', instanceLane: 'gray' },
      { to: 'shop/pay', reason: 'fallback:base' },
      { service: 'shop/pay', outcome: '2xx' },
    ]);
    const begun = await ask(via, { 'x-fairway-lane': 'gray' });
    const [, ...ids] = traceIdsOf(begun);
    expect(new Set(ids).size).toBe(1);
    expect(traceIdsOf(await ask(via, {}))[1]).not.toBe(ids[0]);
  });
});

it('a call that no instance may take is told of, with why', async () => {
  const metadata = { name: 'strict', namespace: 'shop' };
  const lane = { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata, spec: { strict: true } } as Resource;
  const { revision } = await client.apply([lane]);
  await client.propagation(revision, { timeoutMs: 30_000 });
  const { id, header, value } = await client.follow();
  await fetch(urlOf('http'), { headers: { [header]: value, 'x-fairway-lane': 'strict' } });
  const trace = await completed(id);
  expect(pathOf(trace.roots)).toMatchObject([
    { kind: 'served', status: 500 },
    { kind: 'called', to: 'shop/order', reason: 'none', outcome: 'none', attempts: [], eligible: { count: 0 } },
  ]);
});

it('the command line sends a request and prints its tree', async () => {
  const env = { PATH: process.env['PATH'], FAIRWAY_SERVER: controlPlane.server, FAIRWAY_TOKEN: controlPlane.token };
  const words = [CLI, 'follow', urlOf('fetch'), '-H', 'x-fairway-lane: gray'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { env });
  expect(stderr).toMatch(/GET http:\S+ was answered with status 200/);
  expect(stdout).toMatch(/^Request [0-9a-f]{32}: 5 hops/);
  const lines = stdout.split('\n').map((line) => line.replace(/\d+\.\d ms/g, 'T'));
  expect(lines).toEqual(
    expect.arrayContaining([
      'GET /basket at web-base (shop/web, base)  200  T',
      '  lane gray: carried',
      '  * label     the request carries gray',
      '  -> shop/order GET /basket  200  T',
      '    eligible: 1 (order-gray)',
      '    GET /basket at order-gray (shop/order, gray)  200  T',
      '      -> shop/pay GET /basket  200  T',
      '        lane gray: fallback:base',
      '        GET /basket at pay-base (shop/pay, base)  200  T',
    ]),
  );
});
