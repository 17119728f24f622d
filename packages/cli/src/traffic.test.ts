import { once } from 'node:events';
import { Latencies, WIRE_VERSION } from '@fairway/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bed, lineOf, makeBed } from './testing/bed.ts';

let bed: Bed;
let headers: Record<string, string>;
const streams = new AbortController();
beforeAll(async () => {
  bed = await makeBed();
  const { token } = await bed.client.createToken({ name: 'agents', role: 'agent', namespace: 'shop' });
  headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
});
afterAll(async () => {
  streams.abort();
  await bed.close();
});

async function post(path: string, body: object): Promise<number> {
  const text = JSON.stringify({ version: WIRE_VERSION, ...body });
  return (await fetch(`${bed.url}/agent/v1/${path}`, { method: 'POST', headers, body: text })).status;
}

async function register(id: string, service: string, host: string): Promise<void> {
  const instance = { id, service, host, ports: [8080], state: 'ready' };
  await post('instances', { instance, agent: { version: '1', runtime: 'test', pid: 1 } });
}

it('tells who calls whom, once and again and again', async () => {
  expect((await bed.fairway(['traffic'])).out).toContain('no call was reported');
  await register('order-1', 'shop/order', '10.0.0.1');
  await register('web-1', 'shop/web', '10.0.0.2');
  await post('subscriptions', { instance: 'web-1', addresses: ['order:8080'] });
  const latencies = new Latencies();
  latencies.add(20);
  const counted = {
    endpoint: '/',
    lane: 'gray',
    outcomes: { '2xx': 59, '5xx': 1 },
    latency: { sumMs: 20, buckets: latencies.pairs() },
  };
  const edge = {
    ...counted,
    service: 'shop/order',
    instance: 'order-1',
    instanceLane: '',
    reason: 'fallback:base',
    retried: 2,
    sentBytes: 600,
    receivedBytes: 2048 * 600,
  };
  const report = { seq: 1, spanMs: 1000, agoMs: 10_000, inFlight: {}, lostReports: 0, overflowed: 0 };
  expect(await post('traffic', { instance: 'web-1', ...report, edges: [edge], inbound: [counted] })).toBe(204);
  const { out } = await bed.fairway(['traffic', '-n', 'shop', '--window', '10m']);
  expect(out).toMatch(/FROM +TO +LANE +RATE\/S +ERRORS +P50 MS +P99 MS +SENT\/S +RECEIVED\/S +WHY/);
  expect(out).toMatch(/^\(outside\) +shop\/web +gray +0\.1 +1\.7%/m);
  expect(out).toMatch(
    /^shop\/web +shop\/order +gray -> base +0\.1 +1\.7% +(?:19|20)\.\d +(?:19|20)\.\d +0\.0 KiB +2\.0 KiB +fallback:base 60, retried 2$/m,
  );
  const json = JSON.parse((await bed.fairway(['traffic', '--json', '--service', 'shop/order', '--window', '10m'])).out);
  expect(json).toMatchObject({ edges: [{ from: 'shop/web', requests: 60 }] });
  expect((await bed.fairway(['traffic', '--lane', 'base'])).out).toContain('no call was reported');
  expect(await bed.fairway(['traffic', '--service', 'order'])).toMatchObject({ status: 2 });
  expect(await bed.fairway(['traffic', '--window', '1y'])).toMatchObject({ status: 2 });
  const live = bed.start(['traffic', '--watch', '--json', '--window', '10m']);
  const [line] = await lineOf(live, /^.*"fallback:base".*$/m);
  expect(JSON.parse(line)).toMatchObject({ edges: [{ lane: 'gray', toLane: '' }] });
  live.kill('SIGTERM');
  if (live.exitCode === null) await once(live, 'exit');
  expect(live.exitCode).toBe(0);
});
