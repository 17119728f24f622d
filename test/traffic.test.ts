import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureAgentBundle } from '@fairway/agent';
import { type Client, createClient } from '@fairway/client';
import type { Resource, Topology, TrafficEdge } from '@fairway/model';
import { type Child, startChild } from '@fairway/shop/demo/child.ts';
import { type ControlPlane, startControlPlane } from '@fairway/shop/demo/control-plane.ts';
import { freePort } from '@fairway/shop/demo/free-port.ts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hasPrometheus, startPrometheus } from './traffic/prometheus.ts';

const PROGRAM = fileURLToPath(new URL('./traffic/program.cjs', import.meta.url));
/** Of base and of the lane together. `FAIRWAY_TRAFFIC_CALLS=100000` is the run that docs/measurement.md tells of. */
const ALL_CALLS = Number(process.env['FAIRWAY_TRAFFIC_CALLS'] ?? 1_000);
const CALLS = { '': ALL_CALLS * 0.7, gray: ALL_CALLS * 0.3 } as const;
/** Time for the calls themselves. */
const CALLS_MS = ALL_CALLS * 5;
/** Of a sketch, and of what it is compared with, which is another of the same calls. */
const ERROR = 0.011;

/** One call as the caller itself saw it. */
interface Seen {
  readonly status: number;
  /** Of the instance that answered. */
  readonly host: string;
  readonly seenMs: number;
  readonly tookMs: number;
  /** Of the body of the answer. */
  readonly bytes: number;
}

function laneOf(name: string): Resource {
  return { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name, namespace: 'shop' }, spec: {} };
}

let dir: string;
let controlPlane: ControlPlane;
let client: Client;
let orderPort: number;
let prometheusPort: number;
const children: Child[] = [];

async function start(service: string, host: string, port: number, env: NodeJS.ProcessEnv = {}): Promise<Child> {
  const child = await startChild({
    name: `${service} on ${host}`,
    command: process.execPath,
    args: [PROGRAM],
    env: {
      PATH: process.env['PATH'],
      HOST: host,
      PORT: String(port),
      NODE_OPTIONS: `--require ${await ensureAgentBundle()}`,
      FAIRWAY_SERVER: controlPlane.server,
      FAIRWAY_TOKEN: (await client.createToken({ name: service, role: 'agent', namespace: 'shop' })).token,
      FAIRWAY_NAMESPACE: 'shop',
      FAIRWAY_SERVICE: service,
      FAIRWAY_HOST: host,
      FAIRWAY_STATE_DIR: join(dir, 'state'),
      ...env,
    },
    readyLine: /listening (\d+)/,
  });
  children.push(child);
  return child;
}

/** Has `web` make calls in a lane; each as it saw it. */
async function run(web: Child, lane: string, calls: number): Promise<Seen[]> {
  const headers: Record<string, string> = lane === '' ? {} : { 'x-fairway-lane': lane };
  const answer = await fetch(`http://127.0.0.1:${web.ready[1]}/run?calls=${calls}&port=${orderPort}`, { headers });
  return (await answer.json()) as Seen[];
}

/** The topology once it tells of so many calls of `web`. */
async function settled(calls: number): Promise<Topology> {
  const isTold = ({ edges, nodes }: Topology) =>
    sum(edges.map(({ requests }) => requests)) >= calls &&
    sum(nodes.filter(({ service }) => service === 'shop/order').map(({ requests }) => requests)) >= calls;
  await expect.poll(async () => isTold(await client.traffic({ window: '10m' })), { timeout: 30_000 }).toBe(true);
  return client.traffic({ window: '10m' });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number;
}

function countsOf(seen: readonly Seen[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of seen)
    counts[`${Math.floor(status / 100)}xx`] = (counts[`${Math.floor(status / 100)}xx`] ?? 0) + 1;
  return counts;
}

/** What an edge tells of latencies lies between what the service and what the caller measured of the same calls. */
function expectLatencies({ p50Ms, p90Ms, p99Ms }: TrafficEdge, seen: readonly Seen[]): void {
  for (const [share, told] of [
    [0.5, p50Ms],
    [0.9, p90Ms],
    [0.99, p99Ms],
  ] as const) {
    const took = quantile(
      seen.map(({ tookMs }) => tookMs),
      share,
    );
    const waited = quantile(
      seen.map(({ seenMs }) => seenMs),
      share,
    );
    expect(told).toBeGreaterThanOrEqual(took * (1 - ERROR));
    expect(told).toBeLessThanOrEqual(waited * (1 + ERROR));
  }
}

/** A release that is watched by a query whose value is too high is rolled back for that. */
async function expectRolledBackBy(query: string, text: string): Promise<void> {
  const address = { namespace: 'shop', name: 'measured' };
  await client.startRelease({
    apiVersion: 'fairway.dev/v1',
    kind: 'Release',
    metadata: address,
    spec: {
      lane: 'measured',
      services: ['order'],
      entry: { services: ['web'] },
      steps: [{ percent: 0 }, { pause: { approval: true } }],
      metrics: [{ name: 'connected', target: 'prom', query, max: 2 }],
    },
  });
  const ended = async () => (await client.release(address)).state;
  await expect.poll(ended, { timeout: 30_000 }).toMatchObject({ phase: 'rolledBack', cause: 'metric' });
  expect((await ended()).history.find(({ what }) => what === 'rollingBack')?.text).toBe(text);
}

describe('traffic as the control plane tells it', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'fairway-traffic-'));
    prometheusPort = await freePort();
    const targets = { prom: { type: 'prometheus', url: `http://127.0.0.1:${prometheusPort}` } };
    await writeFile(join(dir, 'targets.json'), JSON.stringify(targets));
    const options = ['--targets', join(dir, 'targets.json')];
    controlPlane = await startControlPlane(join(dir, 'store'), await freePort(), options);
    client = createClient({ server: controlPlane.server, token: controlPlane.token });
    await client.apply([laneOf('gray')]);
    orderPort = await freePort();
  }, 60_000);
  afterAll(async () => {
    await Promise.all(children.map((child) => child.stop()));
    await controlPlane?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it(
    'is what the caller counted itself, by lane, outcome and latency, and what Prometheus scrapes',
    async () => {
      await start('order', '127.0.0.1', orderPort, { FAIRWAY_INSTANCE: 'order-1' });
      await start('order', '127.0.0.2', orderPort, { FAIRWAY_INSTANCE: 'order-2', FAIRWAY_LANE: 'gray' });
      const web = await start('web', '127.0.0.1', 0, { FAIRWAY_INSTANCE: 'web-1' });
      const base = await run(web, '', CALLS['']);
      const gray = await run(web, 'gray', CALLS.gray);
      const { edges, nodes, services, bounds } = await settled(CALLS[''] + CALLS.gray);
      expect(services.map(({ service }) => service)).toEqual(['shop/order', 'shop/web']);
      expect(edges.map(({ from, to, lane, toLane }) => [from, to, lane, toLane]).sort()).toEqual([
        ['shop/web', 'shop/order', '', ''],
        ['shop/web', 'shop/order', 'gray', 'gray'],
      ]);
      for (const [lane, seen] of [
        ['', base],
        ['gray', gray],
      ] as const) {
        const edge = edges.find((one) => one.lane === lane) as TrafficEdge;
        expect(edge.requests).toBe(CALLS[lane]);
        expect(Object.keys(edge.outcomes).sort()).toEqual(['2xx', '4xx', '5xx']);
        expect(edge.outcomes).toEqual(countsOf(seen));
        expect(edge).toMatchObject({ sentBytes: 0, receivedBytes: sum(seen.map(({ bytes }) => bytes)) });
        expect(edge.reasons).toEqual({ [lane === '' ? 'base' : 'lane']: CALLS[lane] });
        expectLatencies(edge, seen);
        const node = nodes.find((one) => one.service === 'shop/order' && one.lane === lane);
        expect(node?.outcomes).toEqual(countsOf(seen));
      }
      expect(bounds).toMatchObject({ overflowed: 0, late: 0, lost: 0 });
      const detail = await client.serviceTraffic('shop/order', '5m');
      expect(detail.instances.map(({ instance, requests }) => [instance, requests]).sort()).toEqual([
        ['order-1', CALLS['']],
        ['order-2', CALLS.gray],
      ]);
      expect(new Set(detail.endpoints.map(({ endpoint }) => endpoint))).toEqual(new Set(['/orders/:id']));
      for (const { runtime } of detail.instances) expect(runtime?.rssBytes).toBeGreaterThan(1e6);

      expect(hasPrometheus, 'prometheus is not installed: tools/setup.sh does it').toBe(true);
      const reader = await client.createToken({ name: 'prometheus', role: 'viewer' });
      const prometheus = await startPrometheus(controlPlane.server, reader.token, prometheusPort);
      try {
        const told = (query: string) => expect.poll(() => prometheus.value(query), { timeout: 30_000 });
        await told('sum(fairway_requests_total)').toBe(CALLS[''] + CALLS.gray);
        await told('sum(fairway_requests_total{lane="gray",to="shop/order",outcome="5xx"})').toBe(
          countsOf(gray)['5xx'],
        );
        await told('sum(fairway_requests_received_bytes_total)').toBe(
          sum([...base, ...gray].map(({ bytes }) => bytes)),
        );
        await told('sum(fairway_served_total{service="shop/order",lane=""})').toBe(CALLS['']);
        await told('fairway_agents_connected').toBe(3);
        await told('sum(fairway_requests_duration_seconds_count)').toBe(CALLS[''] + CALLS.gray);
        await expectRolledBackBy('sum(fairway_agents_connected{job!="$lane"})', 'connected is 3, at most 2 is allowed');
      } finally {
        await prometheus.stop();
      }
    },
    180_000 + CALLS_MS,
  );

  it('is silent about a process that does not measure', async () => {
    const [, , web] = children;
    const before = (await client.traffic({ window: '10m' })).edges.length;
    expect(before).toBe(2);
    const quiet = await start('quiet', '127.0.0.1', 0, { FAIRWAY_INSTANCE: 'quiet-1', FAIRWAY_DISABLE: 'measure' });
    await run(quiet, '', 5);
    await run(web as Child, '', 10);
    const { edges } = await settled(CALLS[''] + CALLS.gray + 10);
    expect(edges.some(({ from }) => from === 'shop/quiet')).toBe(false);
  }, 60_000);

  it('has what a lane did worse than base', async () => {
    const compared = async (lane: string) => {
      const { services, verdict } = await client.comparison({ namespace: 'shop', lane, window: '10m' });
      return { verdict, order: services.find(({ service }) => service === 'shop/order') };
    };
    // The same program: what fails in it fails in base as well. (It was called after base, so nothing is said of latencies.)
    const gray = await compared('gray');
    expect(gray.order?.canary.requests).toBe(CALLS.gray);
    expect(gray.order?.metrics[0]).toMatchObject({ metric: 'errorShare', verdict: 'fine' });

    const metadata = { name: 'order', namespace: 'shop' };
    // It would be ejected, and calls fall back to base.
    const spec = { services: ['order'], outlier: { enabled: false } };
    const { revision } = await client.apply([
      laneOf('blue'),
      { apiVersion: 'fairway.dev/v1', kind: 'Policy', metadata, spec },
    ]);
    const propagation = await client.propagation(revision, { timeoutMs: 10_000 });
    expect(propagation.pending).toEqual([]);
    const options = { FAIRWAY_INSTANCE: 'order-3', FAIRWAY_LANE: 'blue', FAULTY: 'yes' };
    await start('order', '127.0.0.3', orderPort, options);
    const calls: Seen[] = [];
    const call = async (count: number) => {
      const seen = await run(children[2] as Child, 'blue', count);
      calls.push(...seen);
      return seen.at(-1)?.host;
    };
    // Until its caller knows the new instance, calls fall back.
    await expect.poll(() => call(1)).toBe('127.0.0.3');
    await call(200);
    const blue = async () => (await client.traffic({ window: '10m', lane: 'blue' })).edges;
    const told = async () => sum((await blue()).map(({ requests }) => requests));
    await expect.poll(told, { timeout: 15_000 }).toBe(calls.length);
    const taken = calls.filter(({ host }) => host === '127.0.0.3');
    const failed = taken.filter(({ status }) => status >= 500);
    const { verdict, order } = await compared('blue');
    expect(verdict).toBe('worse');
    expect(order?.canary).toMatchObject({ requests: taken.length, errors: failed.length });
    const canary = failed.length / taken.length;
    expect(order?.metrics[0]).toMatchObject({ metric: 'errorShare', verdict: 'worse', canary });
    expect(order?.metrics[0]?.confidence).toBeGreaterThan(0.99);
  }, 60_000);

  it('has the last requests of a process that is told to end', async () => {
    const seldom = await startControlPlane(join(dir, 'seldom'), await freePort(), ['--traffic-every', '60']);
    onTestFinished(() => seldom.stop());
    const { server, token } = seldom;
    const admin = createClient({ server, token });
    const stock = await start('stock', '127.0.0.1', 0, {
      FAIRWAY_SERVER: server,
      FAIRWAY_TOKEN: (await admin.createToken({ name: 'stock', role: 'agent', namespace: 'shop' })).token,
    });
    await expect.poll(async () => (await admin.instances()).length).toBe(1);
    for (let call = 0; call < 7; call++) await (await fetch(`http://127.0.0.1:${stock.ready[1]}/`)).text();
    await stock.stop();
    const served = async () => {
      const { nodes } = await admin.traffic({ window: '10m' });
      return sum(nodes.filter(({ service }) => service === 'shop/stock').map(({ requests }) => requests));
    };
    await expect.poll(served, { timeout: 15_000 }).toBe(7);
  }, 60_000);
});
