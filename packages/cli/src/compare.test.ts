import { Latencies, WIRE_VERSION } from '@fairway/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bed, makeBed } from './testing/bed.ts';

let bed: Bed;
let headers: Record<string, string>;
beforeAll(async () => {
  bed = await makeBed();
  const { token } = await bed.client.createToken({ name: 'agents', role: 'agent', namespace: 'shop' });
  headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
});
afterAll(() => bed.close());

async function post(path: string, body: object): Promise<number> {
  const text = JSON.stringify({ version: WIRE_VERSION, ...body });
  return (await fetch(`${bed.url}/agent/v1/${path}`, { method: 'POST', headers, body: text })).status;
}

async function register(id: string, service: string, host: string, lane?: string): Promise<void> {
  const instance = { id, service, host, ports: [8080], state: 'ready', ...(lane ? { lane } : {}) };
  const status = await post('instances', { instance, agent: { version: '1', runtime: 'test', pid: 1 } });
  expect(status).toBe(204);
}

/** What came to instances of shop/order in a lane, as shop/web saw it. */
function edge(lane: string, instance: string, instanceLane: string, requests: number, errors: number, ms: number) {
  const latencies = new Latencies();
  for (let n = 0; n < requests; n++) latencies.add(ms);
  const reason = lane === instanceLane ? 'lane' : 'fallback:base';
  const outcomes = { '2xx': requests - errors, '5xx': errors };
  const latency = { sumMs: requests * ms, buckets: latencies.pairs() };
  return { endpoint: '/', lane, service: 'shop/order', instance, instanceLane, reason, retried: 0, outcomes, latency };
}

let seq = 0;
async function report(edges: readonly object[]): Promise<void> {
  const head = { seq: ++seq, spanMs: 1000, agoMs: 10_000, inFlight: {}, lostReports: 0, overflowed: 0 };
  expect(await post('traffic', { instance: 'web-1', ...head, edges, inbound: [] })).toBe(204);
}

it('compare judges a lane against base, by exit status as well', async () => {
  expect(await bed.fairway(['compare', 'gray', '-n', 'shop'])).toMatchObject({ status: 4 });
  const lane = { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name: 'gray', namespace: 'shop' }, spec: {} };
  await bed.client.apply([lane as never]);
  const words = ['compare', 'gray', '-n', 'shop', '--window', '2m'];
  const empty = await bed.fairway(words);
  expect(empty).toMatchObject({ status: 9 });
  expect(empty.out).toContain('no service was asked in the lane');

  await register('web-1', 'shop/web', '10.0.0.1');
  await register('order-1', 'shop/order', '10.0.0.2');
  await register('order-2', 'shop/order', '10.0.0.3', 'gray');
  await post('subscriptions', { instance: 'web-1', addresses: ['order:8080'] });
  // What fell back to base tells nothing of the lane's instances.
  await report([
    edge('', 'order-1', '', 900, 2, 20),
    edge('gray', 'order-2', 'gray', 99, 0, 20),
    edge('gray', 'order-1', '', 900, 900, 900),
  ]);
  const few = await bed.fairway([...words, '--json']);
  expect(few).toMatchObject({ status: 9 });
  expect(JSON.parse(few.out)).toMatchObject({
    verdict: 'tooFew',
    windowMs: 120_000,
    services: [{ service: 'shop/order', canary: { requests: 99 }, base: { requests: 900 } }],
  });
  expect(await bed.fairway([...words, '--min-requests', '50'])).toMatchObject({ status: 0 });

  await report([edge('gray', 'order-2', 'gray', 1, 0, 20)]);
  expect(await bed.fairway([...words, '--for', '1ms'])).toMatchObject({ status: 0 });
  await report([edge('gray', 'order-2', 'gray', 12, 12, 20)]);
  // However long it may look: that is found at once.
  const bad = await bed.fairway([...words, '--for', '60m']);
  expect(bad).toMatchObject({ status: 1 });
  expect(bad.out).toMatch(/^lane shop\/gray against base, 120 s to [\d:]+ UTC: WORSE$/m);
  expect(bad.out).toMatch(/^shop\/order +requests +112 +900$/m);
  expect(bad.out).toMatch(/^ +errors +10\.71% +0\.22% +(?:100\.0|99\.9)% +WORSE$/m);
  expect(bad.out).toMatch(/^ +p90 +(?:19|20)\.\d ms +(?:19|20)\.\d ms +\d+\.\d% +fine$/m);
  expect(await bed.fairway([...words, '--error-margin', '0.2'])).toMatchObject({ status: 0 });
});

it.each([
  [['--window', 'long'], '--window'],
  [['--window', '200h'], 'window'],
  [['--min-requests', '0'], '--min-requests'],
  [['--error-margin', 'much'], '--error-margin'],
  [['--for', '1d'], '--for'],
])('compare %s names what is wrong', async (words, name) => {
  const { status, err } = await bed.fairway(['compare', 'gray', '-n', 'shop', ...words]);
  expect(status).toBe(2);
  expect(err).toContain(name);
});
