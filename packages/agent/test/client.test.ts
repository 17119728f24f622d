import { createHash } from 'node:crypto';
import { ensureAgentBundle } from '@fairway/agent';
import type { EdgeCount, TrafficReport } from '@fairway/model';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import { startBackend } from './backend.ts';
import { type Answer, type Answers, query, roundTrips, seenBy, seenIn } from './round-trip.ts';
import { laneResource, namespaceResource, startWorld, type World } from './world.ts';

/** What a body of 1,000 bytes is framed with, where it goes in one piece whose size was not told before. */
const AS_CHUNK = '3e8\r\n\r\n0\r\n\r\n';
const GO_ON = 'HTTP/1.1 100 Continue\r\n\r\n';

/** How large a body a client sends. */
function sentBy(client: string, body: string): number {
  if (client === 'http.request expect') return 'hi'.length;
  if (client === 'http.request header array') return Buffer.byteLength(body) + AS_CHUNK.length;
  return client.startsWith('http.get') ? 0 : Buffer.byteLength(body);
}

/** What the agents told of calls. */
function edgesOf({ plane }: World): EdgeCount[] {
  return plane.posts.flatMap(({ path, body }) => (path === 'traffic' ? (body as unknown as TrafficReport).edges : []));
}

describe.each(NODE_VERSIONS)('calls of an application on Node.js $version', ({ version, node, undici }) => {
  let world: World;
  let app: Application;
  let plain: Application;
  let clients: string[];

  beforeAll(async () => {
    await ensureAgentBundle();
    world = await startWorld(version);
    const environment = { ORDER_URL: world.orderUrl };
    [app, plain] = await Promise.all([
      startApplication(node, 'hop.cjs', agentEnvironment(world.plane, environment)),
      startApplication(node, 'hop.cjs', environment),
    ]);
    await world.plane.acknowledged('shop/web');
    clients = await app.ask<string[]>('/clients');
  });
  afterAll(async () => {
    await Promise.all([app?.stop(), plain?.stop()]);
    await world?.close();
  });
  afterEach(async () => {
    world.plane.setInstances(world.instances);
    world.plane.setResources([]);
    await world.plane.acknowledged('shop/web');
  });

  const running = (...names: string[]) => names.filter((name) => clients.includes(name));
  const all = (lane: string, parameters: Record<string, string>) =>
    app.ask<Answers>(query('/all', parameters), lane === '' ? {} : { lane });

  roundTrips(
    version,
    'plain',
    () => world,
    () => app,
  );

  it('leave an instance that was dialled where it may take the call, and replace it where not', async () => {
    const dialled = `http://${world.order.base.host}:${world.order.base.port}`;
    for (const { client, at } of seenBy(await all('', { url: dialled })))
      expect([client, at]).toEqual([client, 'order-base']);
    for (const { client, at } of seenBy(await all('gray', { url: dialled })))
      expect([client, at]).toEqual([client, 'order-gray']);
  });

  it('go over IPv6 where the instance has such an address', async () => {
    const six = await startBackend('order-six', '::1', world.order.base.port);
    const instance = { id: six.name, service: 'shop/order', lane: 'six', host: '::1', ports: [six.port] };
    world.plane.setInstances([...world.instances, { ...instance, state: 'ready' }]);
    await world.plane.acknowledged('shop/web');
    for (const { client, at, headers } of seenBy(await all('six', { url: world.orderUrl })))
      expect([client, at, headers['host']]).toEqual([client, 'order-six', new URL(world.orderUrl).host]);
    await six.close();
  });

  it('tell nothing to strangers', async () => {
    const url = `http://${world.stranger.host}:${world.stranger.port}/`;
    const headers = JSON.stringify({ 'x-fairway-lane': 'own', baggage: 'a=b' });
    for (const { client, at, headers } of seenBy(await all('gray', { url }))) {
      expect({ client, at, lane: headers['x-fairway-lane'], baggage: headers['baggage'] }).toEqual({
        client,
        at: 'stranger',
      });
    }
    for (const { client, headers: got } of seenBy(await all('gray', { url, headers }))) {
      expect({ client, lane: got['x-fairway-lane'], baggage: got['baggage'] }).toEqual({
        client,
        lane: 'own',
        baggage: 'a=b',
      });
    }
  });

  it('fail with the very error that they fail with without the agent', async () => {
    world.plane.setInstances(world.dead('order', '', 1));
    await world.plane.acknowledged('shop/web');
    for (const url of [`http://127.0.${version}.3:${world.order.base.port}/`, 'http://does-not.resolve.invalid/']) {
      const path = query('/all', { url });
      const [under, without] = await Promise.all([app.ask<Answers>(path), plain.ask<Answers>(path)]);
      expect(under).toEqual(without);
      expect(Object.values(without).every(({ error }) => error)).toBe(true);
    }
  });

  it('fail at once with a clear error where no instance may take them', async () => {
    world.plane.setResources([laneResource('alone', { strict: true })]);
    await world.plane.acknowledged('shop/web');
    const answers = await all('alone', { url: world.orderUrl });
    for (const [client, { error }] of Object.entries(answers)) {
      const found = error?.['cause'] ?? error;
      expect({ client, ...(found as object) }).toMatchObject({ client, code: 'FAIRWAY_NO_INSTANCE' });
      expect((found as Error).message).toMatch(/shop\/order.*lane alone/);
    }
  });

  it('are left alone while the namespace is off, and governed again when it is on', async () => {
    const url = `http://${world.order.base.host}:${world.order.base.port}`;
    const laneOf = async () => {
      const seen = seenBy(await all('gray', { url })).map(({ at, headers }) => `${at} ${headers['x-fairway-lane']}`);
      return [...new Set(seen)];
    };
    world.plane.setResources([namespaceResource({ enabled: false })]);
    await world.plane.acknowledged('shop/web');
    expect(await laneOf()).toEqual(['order-base undefined']);
    world.plane.setResources([namespaceResource({ enabled: true })]);
    await world.plane.acknowledged('shop/web');
    expect(await laneOf()).toEqual(['order-gray gray']);
  });

  it('of base requests follow routes by headers that are passed on, and carry no label', async () => {
    const spec = {
      service: 'order',
      propagate: ['X-User'],
      rules: [{ match: { header: 'x-user', regex: 'vip-[0-9]+' }, to: [{ lane: 'gray' }] }],
    };
    const metadata = { name: 'vip', namespace: 'shop' };
    world.plane.setResources([{ apiVersion: 'fairway.dev/v1', kind: 'Route', metadata, spec }]);
    await world.plane.acknowledged('shop/web');
    for (const [user, at] of [
      ['vip-7', 'order-gray'],
      ['guest', 'order-base'],
    ] as const) {
      const answers = await app.ask<Answers>(query('/all', { url: world.orderUrl }), { headers: { 'x-user': user } });
      for (const seen of seenBy(answers)) {
        const [lane, passedOn] = [seen.headers['x-fairway-lane'], seen.headers['x-user']];
        expect({ client: seen.client, at: seen.at, lane, passedOn }).toEqual({
          client: seen.client,
          at,
          passedOn: user,
        });
      }
    }
  });

  it('share connections by instance', async () => {
    for (const client of running(
      'http.request keep-alive',
      'agentkeepalive',
      'fetch',
      `${undici} request`,
      `${undici} request Pool`,
    )) {
      const connections = new Set<string>();
      for (let i = 0; i < 5; i++) {
        for (const lane of ['gray', '']) {
          const path = query('/call', { client, url: world.orderUrl });
          const { at, connection } = seenIn(await app.ask<Answer>(path, lane ? { lane } : {}));
          connections.add(`${at} ${connection}`);
        }
      }
      expect([client, connections.size]).toEqual([client, 2]);
    }
  });

  it('keep their lane on a WebSocket', async () => {
    const { WebSocket } = await import('ws');
    for (const [headers, at] of [
      [{ 'x-fairway-lane': 'gray' }, 'order-gray'],
      [{}, 'order-base'],
    ] as const) {
      const socket = new WebSocket(`ws://127.0.0.1:${app.port}`, { headers });
      const answer = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
      socket.once('open', () => socket.send('where?'));
      expect(await answer).toBe(at);
      socket.close();
    }
  });

  it('are left alone through forward proxies, mocks, unix sockets and agents that connect in their own way', async () => {
    expect(await app.ask(query('/detours', { url: world.orderUrl }), { lane: 'gray' })).toEqual({
      'undici ProxyAgent': `proxied ${new URL(world.orderUrl).host}`,
      'undici MockAgent': 'mocked',
      'agent with its own sockets': `proxied ${new URL(world.orderUrl).host} unlabelled`,
      'agent-base': `proxied ${new URL(world.orderUrl).host} unlabelled`,
      'unix socket': 'order unlabelled',
    });
  });

  it('survive a label of any size', async () => {
    for (const [bytes, status] of [
      [10_000, 200],
      [10_000_000, 431],
    ] as const) {
      const answer = await fetch(`http://127.0.0.1:${app.port}/at`, {
        headers: { 'x-fairway-lane': 'x'.repeat(bytes) },
      }).then(
        (res) => res.status,
        () => 431,
      );
      expect(answer).toBe(status);
    }
    expect(await app.ask('/at')).toBe('order-base');
  });

  it('stream bodies', async () => {
    for (const client of running(
      'http.request',
      'axios',
      'got',
      'node-fetch',
      'fetch',
      `${undici} request`,
      `${undici} request Pool`,
      `${undici} stream`,
    )) {
      const answer = await app.ask(query('/stream', { client }), { lane: 'gray' });
      expect([client, answer]).toEqual([client, { same: true, at: 'order-gray' }]);
    }
  });

  it.each(['http', 'https'])('have the sizes of their bodies counted over %s', async (protocol) => {
    const origin = protocol === 'http' ? world.orderUrl : world.payUrl;
    world.plane.write('event: pace\ndata: {"version":1,"everyMs":100}\n\n');
    const body = 'ö'.repeat(500);
    const wanted = new Map<string, { client: string; sentBytes: number; receivedBytes: number }>();
    for (const [at, client] of clients.filter((name) => name !== 'ws').entries()) {
      const path = `/${protocol}/${'x'.repeat(at)}`;
      const call = { client, url: origin + path, method: 'POST', body };
      const { text } = await app.ask<Answer>(query('/call', call));
      wanted.set(path, { client, sentBytes: sentBy(client, body), receivedBytes: text?.length ?? -1 });
    }
    const told = () => edgesOf(world).filter(({ endpoint }) => wanted.has(endpoint));
    await world.plane.until(
      'all are told of',
      () => new Set(told().map(({ endpoint }) => endpoint)).size === wanted.size,
    );
    const counted = told().map(({ endpoint, sentBytes, receivedBytes = 0 }) => {
      const client = wanted.get(endpoint)?.client;
      // The answer that says to go on counts with the other.
      return {
        client,
        sentBytes,
        receivedBytes: receivedBytes - (client === 'http.request expect' ? GO_ON.length : 0),
      };
    });
    expect(counted).toEqual([...wanted.values()]);
  });

  it('abort and time out as without the agent', async () => {
    // Node.js 16 itself does not end a request by its signal.
    const bySignal = version > 16 ? ['http.request'] : [];
    for (const client of running(...bySignal, 'axios', 'got', 'fetch', `${undici} request`)) {
      const hung = world.order.gray.hung();
      const call = app.ask<{ name: string; code?: unknown }>(query('/hang', { client }), { lane: 'gray' });
      await hung;
      await app.ask('/abort');
      expect([client, (await call).name]).toEqual([client, expect.stringMatching(/Abort|Cancel/)]);
    }
    for (const [client, code] of [
      ['http.request', 'TIMED_OUT'],
      ['axios', 'ECONNABORTED'],
      [`${undici} request`, 'UND_ERR_HEADERS_TIMEOUT'],
    ] as const) {
      const path = query('/call', { client, url: `${world.orderUrl}/hang`, timeoutMs: '100' });
      const { error } = await app.ask<Answer>(path, { lane: 'gray' });
      expect([client, error?.['code']]).toEqual([client, code]);
    }
  });

  it('send what the application wrote, byte for byte', async () => {
    const body = 'grüße'.repeat(700);
    const sha256 = createHash('sha256').update(body).digest('hex');
    for (const client of running(
      'http.request',
      'axios',
      'got',
      'node-fetch',
      'fetch',
      `${undici} request`,
      `${undici} fetch`,
    )) {
      const path = query('/call', { client, url: world.orderUrl, method: 'POST', body });
      const seen = seenIn(await app.ask<Answer>(path, { lane: 'gray' }));
      expect([client, seen.method, seen.sha256]).toEqual([client, 'POST', sha256]);
    }
  });
});
