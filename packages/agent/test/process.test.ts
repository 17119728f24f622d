import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS, newStateDir, run, startApplication } from './application.ts';
import { startWorld, type World } from './world.ts';

interface Report {
  readonly at: string | null;
  readonly error?: Readonly<Record<string, unknown>>;
  readonly agent: { readonly phase: string; readonly ignored: number } | null;
}

describe.each(NODE_VERSIONS)('a process on Node.js $version', ({ version, node }) => {
  let world: World;
  let plainUrl: string;

  beforeAll(async () => {
    await ensureAgentBundle();
    world = await startWorld(version + 100);
    plainUrl = `http://${world.order.base.host}:${world.order.base.port}`;
  });
  afterAll(async () => {
    await world?.close();
  });

  const environment = (more: Record<string, string> = {}) =>
    agentEnvironment(world.plane, { ORDER_URL: world.orderUrl, ...more });
  const viaUndici = version < 18 ? 'undici5 request' : 'fetch';
  const script = async (more: Record<string, string> = {}) => {
    const { stdout, stderr, code } = await run(node, ['script.cjs'], environment(more));
    expect([stderr, code]).toEqual(['', 0]);
    return JSON.parse(stdout) as Report;
  };

  it('ends by itself, and its first call waits for the control plane', async () => {
    for (const client of ['http.request', viaUndici, 'ws']) {
      expect(await script({ CLIENT: client })).toMatchObject({ at: 'order-base', agent: { phase: 'up' } });
    }
  });

  it('is in its lane when it has one, with or without an inbound request, over HTTP and raw TCP', async () => {
    expect(await script({ FAIRWAY_LANE: 'gray' })).toMatchObject({ at: 'order-gray' });
    const app = await startApplication(node, 'hop.cjs', environment({ FAIRWAY_LANE: 'gray' }));
    expect(await app.ask('/at')).toBe('order-gray');
    expect(await app.ask('/at', { lane: 'blue' })).toBe('order-base');
    const socket = net.connect(app.tcpPort, '127.0.0.1');
    socket.write('where?');
    const [line] = (await once(socket, 'data')) as [Buffer];
    expect(line.toString()).toBe('order-gray\n');
    await app.stop();
  });

  it('registers where it really listens', async () => {
    const app = await startApplication(
      node,
      'hop.cjs',
      environment({ FAIRWAY_INSTANCE: `web-${version}`, FAIRWAY_ZONE: 'a' }),
    );
    await world.plane.until('it is ready on both ports', ({ registered }) => {
      const { ports, state } = registered.get(`web-${version}`) ?? {};
      return ports?.length === 2 && state === 'ready';
    });
    expect(world.plane.registered.get(`web-${version}`)).toMatchObject({
      service: 'shop/web',
      lane: '',
      zone: 'a',
      host: '127.0.0.1',
      ports: [app.port, app.tcpPort],
      state: 'ready',
    });
    await app.stop();
  });

  it('may be an ES module with named imports', async () => {
    const app = await startApplication(node, 'esm.mjs', environment());
    expect(await app.ask('/', { lane: 'gray' })).toBe('order-gray');
    expect(await app.ask('/')).toBe('order-base');
    await app.stop();
  });

  it('may serve from a worker thread, over the one link of the process', async () => {
    const app = await startApplication(node, 'thread.cjs', environment({ FAIRWAY_INSTANCE: `thread-${version}` }));
    const ids = () => [...world.plane.registered.keys()].filter((id) => id.startsWith(`thread-${version}`));
    await world.plane.until('it is ready', ({ registered }) => registered.get(`thread-${version}`)?.state === 'ready');
    expect(await app.ask('/at', { lane: 'gray' })).toBe('order-gray');
    expect(await app.ask('/at')).toBe('order-base');
    expect(ids()).toEqual([`thread-${version}`]);
    await app.stop();
  });

  it('may be a cluster: each worker is an instance at the same address, the primary is none', async () => {
    const app = await startApplication(node, 'cluster.cjs', environment({ FAIRWAY_INSTANCE: `cluster-${version}` }));
    const own = () => [...world.plane.registered.values()].filter(({ id }) => id.startsWith(`cluster-${version}`));
    await world.plane.until('both are ready', () => own().filter(({ state }) => state === 'ready').length === 2);
    expect(own().map(({ ports }) => ports)).toEqual([[app.port], [app.port]]);
    expect(await app.ask('/', { lane: 'gray' })).toBe('order-gray');
    expect(await app.ask('/')).toBe('order-base');
    await app.stop();
  });

  it('may load the agent twice', async () => {
    const { NODE_OPTIONS } = environment();
    const twice = NODE_OPTIONS?.replace(/--require (.*)/, '--require $1 --require $1');
    expect(await script({ NODE_OPTIONS: `${twice}` })).toMatchObject({ at: 'order-base', agent: { phase: 'up' } });
  });

  it('is left alone without a control plane, under a package manager, and when switched off', async () => {
    for (const off of [{ FAIRWAY_SERVER: '' }, { FAIRWAY_DISABLE: 'all' }, { FAIRWAY_LANE: 'No Label' }]) {
      expect(await script({ ...off, ORDER_URL: plainUrl })).toMatchObject({ at: 'order-base', agent: null });
    }
    const probe = "console.log(typeof globalThis[Symbol.for('fairway.agent')])";
    const tool = fileURLToPath(new URL('fixture/npm-cli.cjs', import.meta.url));
    expect((await run(node, [tool], environment())).stdout).toBe('undefined\n');
    expect((await run(node, ['-e', probe], environment())).stdout).toBe('object\n');
  });

  it('keeps one interception off where that is asked for', async () => {
    const url = { ORDER_URL: plainUrl, FAIRWAY_LANE: 'gray' };
    expect(await script({ ...url, CLIENT: 'http.request', FAIRWAY_DISABLE: 'undici,inbound,tcp' })).toMatchObject({
      at: 'order-gray',
    });
    expect(await script({ ...url, CLIENT: 'http.request', FAIRWAY_DISABLE: 'http' })).toMatchObject({
      at: 'order-base',
    });
    expect(await script({ ...url, CLIENT: viaUndici, FAIRWAY_DISABLE: 'http' })).toMatchObject({ at: 'order-gray' });
    expect(await script({ ...url, CLIENT: viaUndici, FAIRWAY_DISABLE: 'undici' })).toMatchObject({ at: 'order-base' });
  });

  it('calls as dialled while the control plane is down, slow or talks rubbish, and nothing is known', async () => {
    const gray = { ORDER_URL: plainUrl, FAIRWAY_LANE: 'gray', FAIRWAY_FIRST_CALL_WAIT_MS: '200' };
    expect(await script({ ...gray, FAIRWAY_SERVER: 'http://127.0.0.1:1' })).toMatchObject({ at: 'order-base' });
    for (const behaviour of ['silent', 'failing', 'rubbish'] as const) {
      world.plane.behave(behaviour);
      expect([behaviour, await script(gray)]).toMatchObject([behaviour, { at: 'order-base' }]);
    }
    world.plane.behave('well');
    expect(await script(gray)).toMatchObject({ at: 'order-gray' });
  });

  it('goes on with what it knew when the control plane goes away or talks rubbish, and comes back', async () => {
    const id = `lost-${version}`;
    const app = await startApplication(node, 'hop.cjs', environment({ FAIRWAY_INSTANCE: id }));
    expect(await app.ask('/at', { lane: 'gray' })).toBe('order-gray');
    for (const behaviour of ['silent', 'failing', 'rubbish'] as const) {
      world.plane.behave(behaviour);
      if (behaviour === 'rubbish') world.plane.write('event: update\ndata: {"version":999}\n\n');
      world.plane.drop();
      expect([behaviour, await app.ask('/at', { lane: 'gray' })]).toEqual([behaviour, 'order-gray']);
      world.plane.behave('well');
      world.plane.drop();
      const before = world.plane.posts.length;
      await world.plane.until('it is back', ({ posts }) =>
        posts.slice(before).some(({ path, body }) => path === 'acks' && body['instance'] === id),
      );
      expect(await app.ask('/at', { lane: 'gray' })).toBe('order-gray');
    }
    await app.stop();
  });

  it('starts from the snapshot on disk, unless that is torn, of another version or foreign', async () => {
    const stateDir = newStateDir();
    const file = `${stateDir}/shop-web.json`;
    const app = await startApplication(node, 'hop.cjs', environment({ FAIRWAY_STATE_DIR: stateDir }));
    expect(await app.ask('/at', { lane: 'gray' })).toBe('order-gray');
    await expect.poll(() => readdirSync(stateDir), { timeout: 10_000 }).toEqual(['shop-web.json']);
    await app.stop();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const good = readFileSync(file, 'utf8');

    world.plane.behave('failing');
    const started = () => script({ FAIRWAY_STATE_DIR: stateDir, FAIRWAY_LANE: 'gray' });
    expect(await started()).toMatchObject({ at: 'order-gray' });
    for (const bad of [
      good.slice(0, good.length / 2),
      good.replace('"version":1', '"version":2'),
      good.replace('order-gray', 'order-evil'),
      good.replace('"service":"web"', '"service":"other"'),
      '',
    ]) {
      writeFileSync(file, bad);
      expect(await started()).toMatchObject({
        at: null,
        error: { code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) },
      });
    }
    world.plane.behave('well');
  });
});
