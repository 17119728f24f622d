import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { API_VERSION, type Resource } from '@fairway/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bed, lineOf, makeBed } from './testing/bed.ts';

let bed: Bed;
let port: number;
beforeAll(async () => {
  bed = await makeBed();
  const probe = createServer();
  await once(probe.listen(0, '127.0.0.1'), 'listening');
  port = (probe.address() as AddressInfo).port;
  probe.close();
  await once(probe, 'close');
});
afterAll(() => bed.close());

const gateway = (): Resource => ({
  apiVersion: API_VERSION,
  kind: 'Gateway',
  metadata: { name: 'public', namespace: 'shop' },
  spec: { type: 'nginx', entries: [{ name: 'web', protocol: 'http', listen: `127.0.0.1:${port}`, service: 'web' }] },
});

it('prints a configuration, says which gateways there are, and runs NGINX in front of applications', async () => {
  await bed.client.apply([gateway()]);
  const printed = await bed.fairway(['gateway', 'nginx', 'public', '-n', 'shop', '--print']);
  expect(printed).toMatchObject({
    status: 0,
    out: expect.stringContaining(`listen 127.0.0.1:${port} default_server;`),
  });
  const unknown = await bed.fairway(['gateway', 'nginx', 'pblic', '-n', 'shop']);
  expect(unknown).toMatchObject({ status: 4, err: expect.stringContaining('there are: shop/public') });
  const missing = await bed.fairway(['gateway', 'nginx', 'public', '-n', 'shop', '--nginx', '/no/nginx']);
  expect(missing).toMatchObject({ status: 7, err: expect.stringContaining('apt-get install nginx') });

  const running = bed.start(['gateway', 'nginx', 'public', '-n', 'shop', '--watch', '--json', '--workers', '1']);
  await lineOf(running, /"type":"started"/);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(503);
  running.kill('SIGTERM');
  expect(await once(running, 'exit')).toEqual([0, null]);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
});

it('sends requests to an application that joins, by its lane', async () => {
  await bed.client.apply([
    gateway(),
    {
      apiVersion: API_VERSION,
      kind: 'Lane',
      metadata: { name: 'gray', namespace: 'shop' },
      spec: { entry: [{ services: ['public'], header: { name: 'x-env' } }] },
    },
  ]);
  const app = `require('http').createServer((q, s) => s.end(process.env.FAIRWAY_LANE + ' ' + (q.headers['x-fairway-lane'] ?? 'none'))).listen(0, '127.0.0.1')`;
  const stop = new AbortController();
  const events = bed.client.events(stop.signal);
  for (const lane of ['base', 'gray']) {
    bed.start(['run', '--service', 'web', '--lane', lane, '-n', 'shop', '--', process.execPath, '-e', app]);
  }
  for await (const _event of events) {
    const ready = (await bed.client.instances({ service: 'web' })).filter(({ state }) => state === 'ready');
    if (ready.length === 2) stop.abort();
  }
  expect(await bed.fairway(['gateway', 'nginx', 'public', '-n', 'shop'])).toMatchObject({ status: 0 });
  const ask = async (headers: Record<string, string>) => (await fetch(`http://127.0.0.1:${port}/`, { headers })).text();
  expect(await ask({ 'x-env': 'gray' })).toBe('gray gray');
  expect(await ask({ 'x-fairway-lane': 'gray' })).toBe(' none');
  // Taken over, and ended with the watch.
  const watch = bed.start(['gateway', 'nginx', 'public', '-n', 'shop', '--watch', '--json']);
  await lineOf(watch, /"type":"(?:unchanged|reloaded)"/);
  watch.kill('SIGTERM');
  expect(await once(watch, 'exit')).toEqual([0, null]);
});
