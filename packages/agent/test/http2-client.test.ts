import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { bundleEntry, ensureAgentBundle } from '@fairway/agent';
import type { PointReport } from '@fairway/model';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Application,
  agentEnvironment,
  NODE_VERSIONS,
  newStateDir,
  run,
  startApplication,
} from './application.ts';
import { query } from './round-trip.ts';
import { type RpcBackend, type SeenRpc, startRpcBackend } from './rpc-backend.ts';
import type { RpcAnswers } from './rpc-round-trip.ts';
import { type RpcWorld, startRpcWorld, type Where } from './rpc-world.ts';
import { laneResource, namespaceResource } from './world.ts';

type Environment = Parameters<typeof startApplication>[2];

const failing = `${newStateDir()}/failing-agent.cjs`;

beforeAll(async () => {
  await ensureAgentBundle();
  await bundleEntry(fileURLToPath(new URL('fixture/failing-agent.ts', import.meta.url)), failing);
});

describe.each(NODE_VERSIONS)('an HTTP/2 session on Node.js $version', ({ version, node }) => {
  let world: RpcWorld;
  let base: RpcBackend;
  let gray: RpcBackend;
  const running = new Set<Application>();

  beforeAll(async () => {
    world = await startRpcWorld(version + 190, { maxConcurrentStreams: 2 });
    [base, gray] = world.backends as [RpcBackend, RpcBackend];
  });
  afterEach(async () => {
    await Promise.all([...running].map((app) => app.stop()));
    running.clear();
    world.plane.setInstances(world.instances);
    world.plane.setResources([]);
  });
  afterAll(() => world?.close());

  async function start(where: Partial<Where> = {}, environment?: Environment): Promise<Application> {
    const WHERE = JSON.stringify({ ...world.where, ...where });
    const more = environment ?? agentEnvironment(world.plane);
    const app = await startApplication(node, 'rpc-hop.cjs', { ...more, WHERE });
    running.add(app);
    if (!environment) await world.plane.acknowledged('shop/web');
    return app;
  }
  const dialledBase = () => ({ h2: `http://${base.host}:${base.port}`, grpc: `${base.host}:${base.grpcPort}` });
  const call = (app: Application, way: string, lane?: string) =>
    app.ask<SeenRpc>(query('/call', { way }), lane ? { lane } : {});
  const gone = async ({ sessions }: RpcBackend) => {
    while (sessions.size > 0) await once([...sessions][0] as never, 'close');
  };

  it('keeps to the number of streams that the peer takes, also on branches', async () => {
    const app = await start();
    for (const way of ['http2.connect', 'grpc-js unary', 'grpc-js-1.8 unary', 'dubbo-node unary']) {
      for (const lane of ['gray', '']) {
        // Before it has heard of a limit, Node.js itself does not keep to any.
        await call(app, way, lane);
        const seen = await app.ask<SeenRpc[]>(query('/many', { way, calls: '20' }), lane ? { lane } : {});
        expect([way, ...new Set(seen.map(({ at }) => at))]).toEqual([way, `order-${lane || 'base'}`]);
      }
    }
  });

  it('loses no stream to a GOAWAY of an instance, and goes on with a new connection', async () => {
    const app = await start();
    for (const lane of ['', 'gray']) {
      const instance = lane ? gray : base;
      const options = lane ? { lane } : {};
      await app.ask(query('/open', { key: `open ${lane}` }), options);
      const before = await call(app, 'http2.connect', lane);
      const left = [...instance.sessions].map((session) => once(session, 'close'));
      for (const session of instance.sessions) session.close();
      expect(await call(app, 'http2.connect', lane)).toMatchObject({ at: instance.name });
      expect(await app.ask(query('/finish', { key: `open ${lane}` }), options)).toMatchObject({
        at: instance.name,
        connection: before.connection,
      });
      await Promise.all(left);
      const after = await call(app, 'http2.connect', lane);
      expect(after.at).toBe(instance.name);
      expect(after.connection).not.toBe(before.connection);
    }
  });

  it('leaves the streams to other instances alone when it loses its own connection', async () => {
    const app = await start(dialledBase());
    await app.ask('/call?way=http2.connect');
    await app.ask(query('/open', { key: 'open' }), { lane: 'gray' });
    const lost = gone(base);
    for (const session of base.sessions) session.destroy();
    await lost;
    expect(await app.ask(query('/finish', { key: 'open' }), { lane: 'gray' })).toMatchObject({ at: 'order-gray' });
    expect(await call(app, 'http2.connect', 'gray')).toMatchObject({ at: 'order-gray' });
  });

  it('is closed after the streams on its branches, destroys them, and leaves no connection behind', async () => {
    const [app, plain] = await Promise.all([start(dialledBase()), start(dialledBase(), {})]);
    for (const lane of ['gray', '']) {
      const options = lane ? { lane } : {};
      expect(await app.ask('/close', options)).toEqual(['stream', 'session']);
      expect(await app.ask('/destroy', options)).toEqual(await plain.ask('/destroy'));
    }
    await Promise.all([gone(base), gone(gray)]);
  });

  it('passes settings, windows and pings on to its branches', async () => {
    const app = await start(dialledBase());
    await call(app, 'http2.connect');
    await app.ask(query('/open', { key: 'open' }), { lane: 'gray' });
    const pinged = gray.pings();
    expect(await app.ask('/change', { lane: 'gray' })).toBe('order-gray');
    expect(gray.pings()).toBe(pinged + 1);
    const sizes = [base, gray].flatMap(({ sessions }) =>
      [...sessions].map(({ remoteSettings }) => remoteSettings.initialWindowSize),
    );
    expect(sizes).toEqual([99_999, 99_999]);
  });

  it('goes to the instance that was dialled where it may, on its own connection', async () => {
    const app = await start(dialledBase());
    const own = await call(app, 'http2.connect');
    expect(own).toMatchObject({ at: 'order-base', lane: null });
    expect(await call(app, 'http2.connect', 'gray')).toMatchObject({ at: 'order-gray', lane: 'gray' });
    expect(await call(app, 'http2.connect')).toEqual(own);
    expect([base.sessions.size, gray.sessions.size]).toEqual([1, 1]);
  });

  it('is left alone to strangers, through tunnels, and where it is switched off', async () => {
    const stranger = await startRpcBackend('stranger', `127.0.${version + 190}.9`);
    const proxy = await startTunnel();
    const strange = { h2: `http://${stranger.host}:${stranger.port}`, grpc: `${stranger.host}:${stranger.grpcPort}` };
    const virtual = world.virtual[0] as RpcBackend;
    const virtually = { h2: `http://${virtual.host}:${virtual.port}` };
    for (const [where, more, at] of [
      [strange, {}, 'stranger'],
      [{}, { grpc_proxy: proxy.url }, 'order-virtual'],
      [virtually, { FAIRWAY_DISABLE: 'http2' }, 'order-virtual'],
    ] as const) {
      const app = await start(where, agentEnvironment(world.plane, more));
      const ways = 'grpc_proxy' in more ? ['grpc-js unary'] : ['http2.connect', 'grpc-js unary'];
      for (const way of ways)
        expect([way, more, await call(app, way, 'gray')]).toMatchObject([way, more, { at, lane: null, baggage: null }]);
      expect(app.stderr()).toBe('');
      await app.stop();
    }
    expect(proxy.tunnels()).toBe(1);
    await proxy.close();
    await stranger.close();
  });

  it('is left alone while the namespace is off, and governed again when it is on', async () => {
    const app = await start(dialledBase());
    const at = async () => (await call(app, 'http2.connect', 'gray')).at;
    expect(await at()).toBe('order-gray');
    for (const isOn of [false, true]) {
      world.plane.setResources([namespaceResource({ enabled: isOn })]);
      await world.plane.acknowledged('shop/web');
      expect(await at()).toBe(isOn ? 'order-gray' : 'order-base');
    }
  });

  it('fails streams that no instance may take with a clear error', async () => {
    world.plane.setResources([laneResource('alone', { strict: true })]);
    const app = await start();
    for (const way of ['http2.connect', 'grpc-js unary', 'dubbo-node unary']) {
      const { error } = (await call(app, way, 'alone')) as RpcAnswers[string];
      expect([way, JSON.stringify(error)]).toEqual([way, expect.stringMatching(/shop\/order.*lane alone/)]);
      if (way === 'http2.connect') expect(error).toMatchObject({ code: 'FAIRWAY_NO_INSTANCE' });
    }
  });

  it('fails with the error that it fails with without the agent', async () => {
    const dead = { h2: 'http://does-not.resolve.invalid:1' };
    const [app, plain] = await Promise.all([start(dead), start(dead, {})]);
    expect(await call(app, 'http2.connect')).toEqual(await call(plain, 'http2.connect'));
  });

  it('goes as dialled under an agent that fails at every point', async () => {
    const environment = { NODE_OPTIONS: `--require ${failing}`, FAIRWAY_SERVER: 'http://127.0.0.1:1' };
    const app = await start(dialledBase(), environment);
    for (const way of ['http2.connect', 'grpc-js unary', 'dubbo-node unary'])
      expect([way, await call(app, way, 'gray')]).toMatchObject([way, { at: 'order-base', lane: null }]);
    const { points } = await app.ask<{ points: PointReport[] }>('/probe');
    expect(points.find(({ name }) => name === 'http2')?.faults).toBeGreaterThan(0);
    expect(app.stderr()).toBe('');
  });

  it('lets a process end that has nothing more to do', async () => {
    for (const ending of ['close', 'unref']) {
      const environment = agentEnvironment(world.plane, { FAIRWAY_LANE: 'gray' });
      const ended = await run(node, ['rpc-script.cjs', dialledBase().h2, ending], environment);
      expect([ending, ended]).toEqual([ending, { code: 0, stderr: '', stdout: 'order-gray\n' }]);
    }
  });
});

/** A forward proxy that makes tunnels. */
async function startTunnel() {
  let tunnels = 0;
  const server = http.createServer().on('connect', (request, socket) => {
    tunnels++;
    const [host, port] = (request.url as string).split(':');
    const onward = net.connect(Number(port), host as string, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels: () => tunnels,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}
