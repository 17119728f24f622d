import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@fairway/client';
import { API_VERSION, type Gateway, type WorldInstance } from '@fairway/model';
import { startServer } from '@fairway/server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GatewayEvent, runGateway } from './run-gateway.ts';
import { type Bed, entry, makeBed } from './testing/bed.ts';

type ServerHandle = Awaited<ReturnType<typeof startServer>>;

let bed: Bed;
let dataDir: string;
let server: ServerHandle;
let token: string;
beforeEach(async () => {
  bed = await makeBed();
  dataDir = await mkdtemp(join(tmpdir(), 'fairway-store-'));
  server = await startServer({ port: 0, dataDir, log: { level: 'off' } });
  token = server.bootstrapToken ?? '';
});
afterEach(async () => {
  await server.close();
  await bed.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Runs a gateway; `next` gives its next event of a type. */
function start(instances: readonly WorldInstance[] = bed.instances) {
  const real = createClient({ server: server.url, token });
  // The instances of the bed have no agents: what they would have announced is put beside the resources.
  const client = { ...real, world: async () => ({ ...(await real.world()), instances }) };
  const stop = new AbortController();
  const seen: GatewayEvent[] = [];
  let wake = () => {};
  const options = { client, gateway: 'public', namespace: 'shop', dir: bed.dir, workers: 1, signal: stop.signal };
  const onEvent = (event: GatewayEvent) => {
    seen.push(event);
    wake();
  };
  const ended = runGateway({ ...options, onEvent });
  const next = async (type: GatewayEvent['type']): Promise<GatewayEvent> => {
    for (;;) {
      const at = seen.findIndex((event) => event.type === type);
      const found = seen[at];
      if (found) {
        seen.splice(0, at + 1);
        return found;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const end = () => {
    stop.abort();
    return ended;
  };
  return { client: real, next, end };
}

const gateway = (): Gateway => bed.input([]).gateway;
const user = { headers: { 'x-user': 'a' } };
const byUser = entry('gray', { header: { name: 'x-user', value: 'a' } });

it('follows the resources, keeps the last good configuration, and ends with its signal', async () => {
  const running = start();
  expect(await running.next('refused')).toMatchObject({ error: { code: 'FAIRWAY_NOT_FOUND' } });
  await running.client.apply([gateway()]);
  await running.next('started');
  expect((await bed.send(user)).instance).toBe('base');

  await running.client.apply([byUser]);
  await running.next('reloaded');
  expect((await bed.send(user)).instance).toBe('gray');

  await running.client.apply([entry('blue', { match: { header: 'x-user', mod: { divisor: 2, below: 1 } } })]);
  expect(await running.next('refused')).toMatchObject({
    error: { message: expect.stringContaining('Lane blue: spec.entry[0].match.mod') },
  });
  expect((await bed.send(user)).instance).toBe('gray');

  await running.client.apply([
    { apiVersion: API_VERSION, kind: 'Policy', metadata: { name: 'p', namespace: 'shop' }, spec: { services: '*' } },
  ]);
  await running.client.delete({ namespace: 'shop', kind: 'Lane', name: 'blue' });
  await running.next('unchanged');

  await running.end();
  expect(await bed.host.pid()).toBeUndefined();
});

it("raises the weight of an instance that warms up, step by step, with nobody's doing", async () => {
  const instances = bed.instances.flatMap((one, i) =>
    one.lane ? [] : [one, { ...one, id: `young-${i}`, host: '127.0.0.2', readyForMs: 0 }],
  );
  const running = start(instances);
  await running.client.apply([
    gateway(),
    {
      apiVersion: API_VERSION,
      kind: 'Policy',
      metadata: { name: 'p', namespace: 'shop' },
      spec: { services: '*', warmup: { duration: '3s' } },
    },
  ]);
  const weights = async () => (await readFile(join(bed.dir, 'nginx.conf'), 'utf8')).match(/127\.0\.0\.2.*/)?.[0];
  await running.next('started');
  const first = await weights();
  await running.next('reloaded');
  expect(first).toMatch(/weight=10;/);
  for (let now = await weights(); now?.includes('weight'); now = await weights()) await running.next('reloaded');
  await running.end();
});

it('serves on, and starts with the last good configuration, while the control plane is away', async () => {
  const first = start();
  await first.client.apply([gateway(), byUser]);
  await first.next('started');
  await server.close();
  await first.next('away');
  expect((await bed.send(user)).instance).toBe('gray');
  await first.end();

  const second = start();
  await second.next('resumed');
  expect((await bed.send(user)).instance).toBe('gray');
  const port = Number(new URL(server.url).port);
  server = await startServer({ port, dataDir, log: { level: 'off' } });
  await second.next('unchanged');
  await second.end();
});
