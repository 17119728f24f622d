import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleEntry, ensureAgentBundle } from '@fairway/agent';
import type { AgentReport, PointReport } from '@fairway/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Application,
  agentEnvironment,
  NODE_VERSIONS,
  newStateDir,
  run,
  startApplication,
} from './application.ts';
import { query } from './round-trip.ts';
import { startWorld, type World } from './world.ts';

type Environment = Parameters<typeof startApplication>[2];

const fixture = (name: string) => fileURLToPath(new URL(`fixture/${name}`, import.meta.url));
const point = ({ points }: Pick<AgentReport, 'points'>, name: string) => points.find((one) => one.name === name);

/** A backend that keeps every byte that it is sent, by connection. */
async function startRecorder() {
  const received: string[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('{"at":"recorder"}'));
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    const at = received.push('') - 1;
    socket.on('data', (chunk) => {
      received[at] += chunk.toString('latin1');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What came since the last time, save what is drawn by lot. */
    take: () => received.splice(0).map((bytes) => bytes.replace(/(sec-websocket-key): \S+/gi, '$1: *')),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** All bytes that an application answers with, save the time of day. */
async function answerOf({ port }: Application, path: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: app\r\nconnection: close\r\n\r\n`);
  return (await text(socket)).replace(/^Date: .*$/m, 'Date: *');
}

describe.each(NODE_VERSIONS)('an agent that fails at every point, on Node.js $version', ({ node }) => {
  const failing = `${newStateDir()}/failing-agent.cjs`;
  let recorder: Awaited<ReturnType<typeof startRecorder>>;

  beforeAll(async () => {
    await bundleEntry(fixture('failing-agent.ts'), failing);
    recorder = await startRecorder();
  });
  afterAll(() => recorder.close());

  const environment = (agent: string): Environment => ({
    NODE_OPTIONS: agent && `--require ${agent}`,
    FAIRWAY_SERVER: 'http://127.0.0.1:1',
    ORDER_URL: recorder.url,
  });

  /** Every byte that an application sends, on all its connections, and prints, while it calls by every client. */
  async function transcript(agent: string) {
    const app = await startApplication(node, 'hop.cjs', environment(agent));
    const answers: string[] = [];
    for (const path of [
      query('/all', { url: recorder.url }),
      query('/all', { url: 'http://127.0.0.1:1' }),
      query('/stream', { client: 'http.request' }),
    ])
      answers.push(await answerOf(app, path));
    const sent = recorder.take();
    const { points } = (await app.ask<{ points: PointReport[] } | null>('/probe')) ?? { points: [] };
    const printed = [app.stdout().replaceAll(/\d+/g, '*'), app.stderr()];
    await app.stop();
    return {
      seen: { answers, sent, printed },
      points,
    };
  }

  it('leaves every byte as it is without one, is silent, and turns itself off', async () => {
    const alone = await transcript('');
    const guest = await transcript(failing);
    expect(guest.seen).toEqual(alone.seen);
    expect(alone.seen.sent.length).toBeGreaterThan(5);
    expect(alone.seen.printed).toEqual(['listening * *\n', '']);
    const used = guest.points.filter(({ name }) => name !== 'http2' && name !== 'grpc');
    expect(used.map(({ name, faults }) => [name, faults > 0])).toEqual(used.map(({ name }) => [name, true]));
    expect(point(guest, 'http')).toMatchObject({ state: 'paused', why: 'repeated faults', governed: 0 });
  });

  it('says so where that is asked for', async () => {
    const app = await startApplication(node, 'hop.cjs', { ...environment(failing), FAIRWAY_LOG: 'error' });
    for (let i = 0; i < 3; i++) await app.ask(query('/all', { url: recorder.url }));
    expect(app.stderr().includes('fairway error: point http: off for 30 s, for repeated faults\n')).toBe(true);
    await app.stop();
  });
});

describe.each(NODE_VERSIONS)('an agent that does not load, on Node.js $version', ({ node }) => {
  const broken = `${newStateDir()}/broken-agent.cjs`;
  beforeAll(() => bundleEntry(fixture('broken-agent.ts'), broken));

  it.each([
    ['', ''],
    ['error', 'fairway error: the agent did not load: Error: broken'],
  ])('lets the application start; FAIRWAY_LOG=%s', async (FAIRWAY_LOG, said) => {
    const { stdout, stderr, code } = await run(node, ['-p', '1'], { NODE_OPTIONS: `--require ${broken}`, FAIRWAY_LOG });
    expect([stdout, stderr.split('\n')[0], code]).toEqual(['1\n', said, 0]);
  });
});

describe('an agent', () => {
  const { node } = NODE_VERSIONS[4];
  let world: World;

  beforeAll(async () => {
    await ensureAgentBundle();
    world = await startWorld(99);
  });
  afterAll(() => world?.close());

  const start = (more: Environment, file = 'hop.cjs') =>
    startApplication(node, file, agentEnvironment(world.plane, { ORDER_URL: world.orderUrl, ...more }));
  /** The address of a base instance, which answers without an agent too. */
  const dialled = () => `http://${world.order.base.host}:${world.order.base.port}`;
  const reports = () =>
    world.plane.posts.flatMap(({ path, body }) =>
      path === 'acks' && body['report'] ? [body['report'] as AgentReport] : [],
    );

  it('turns a point off whose decisions take too long, and tells the control plane at once', async () => {
    const app = await start({ FAIRWAY_LANE: 'gray', FAIRWAY_BUDGET_US: '0.0001', ORDER_URL: dialled() });
    const seen = await app.ask(query('/many', { calls: '600' }));
    expect(seen).toEqual(expect.arrayContaining(['order-gray', 'order-base']));
    const why = 'decisions that take longer than FAIRWAY_BUDGET_US';
    expect(point(await app.ask('/probe'), 'http')).toMatchObject({ state: 'paused', why, faults: 0 });
    await world.plane.until('it is told', () => reports().some((one) => point(one, 'http')?.why === why));
    await app.stop();
  });

  it('counts what it governs, refuses and passes through', async () => {
    const app = await start({ FAIRWAY_INSTANCE: 'counting', FAIRWAY_DISABLE: 'undici' });
    const call = (url: string) => app.ask(query('/call', { client: 'http.request', url }));
    const isCounting = ({ path, body }: (typeof world.plane.posts)[number]) =>
      path === 'acks' && body['instance'] === 'counting';
    await world.plane.until('it has its rules', ({ posts }) => posts.some(isCounting));
    await call(world.orderUrl);
    await call(`http://${world.stranger.host}:${world.stranger.port}`);
    world.plane.setInstances(world.instances.filter(({ lane }) => lane === 'gray'));
    await world.plane.acknowledged('shop/web');
    await call(world.orderUrl);
    world.plane.setInstances(world.instances);
    const report = await app.ask<AgentReport>('/probe');
    expect(point(report, 'http')).toMatchObject({
      state: 'on',
      governed: 1,
      refused: 1,
      passed: { 'unknown-host': 1 },
    });
    expect(point(report, 'inbound')).toMatchObject({ governed: 4, passed: {} });
    expect(point(report, 'undici')).toMatchObject({ state: 'off', why: 'FAIRWAY_DISABLE' });
    await app.stop();
  });

  it('passes everything through while it would have to hold too much, and comes back', async () => {
    const app = await start({ FAIRWAY_LANE: 'gray', FAIRWAY_BUDGET_MB: '0.001', FAIRWAY_FIRST_CALL_WAIT_MS: '100' });
    const at = async () =>
      JSON.parse((await app.ask<{ text: string }>(query('/call', { client: 'http.get', url: dialled() }))).text).at;
    await world.plane.until('it says so', () => reports().some(({ aside }) => aside?.includes('FAIRWAY_BUDGET_MB')));
    expect(await at()).toBe('order-base');
    expect(await app.ask('/probe')).toMatchObject({ aside: expect.stringContaining('memory'), bytes: 0, phase: 'up' });
    world.plane.setInstances(world.instances.filter(({ id }) => id === 'order-gray'));
    world.plane.drop();
    await expect.poll(at).toBe('order-gray');
    expect(await app.ask('/probe')).not.toHaveProperty('aside');
    world.plane.setInstances(world.instances);
    await app.stop();
  });

  it('is not troubled by what other worker threads ask', async () => {
    const app = await start({}, 'threads.cjs');
    for (const lane of ['gray', 'blue', 'gray']) {
      expect(await app.ask('/at', { lane })).toBe(lane === 'gray' ? 'order-gray' : 'order-base');
    }
    expect(app.stderr()).toBe('');
    await app.stop();
  });

  it('goes on with what it knew when an update cannot be made sense of', async () => {
    const app = await start({});
    expect(await app.ask('/at', { lane: 'gray' })).toBe('order-gray');
    const senseless = {
      apiVersion: 'fairway.dev/v1',
      kind: 'Namespace',
      metadata: { name: 'shop' },
      spec: { internalHosts: 7 },
    };
    world.plane.setResources([senseless as never]);
    await world.plane.until(
      'it is rejected',
      ({ posts }) => posts.filter(({ path }) => path === 'instances').length > 1,
    );
    expect(await app.ask('/at', { lane: 'gray' })).toBe('order-gray');
    expect([app.stderr(), app.stdout().split('\n').length]).toEqual(['', 2]);
    world.plane.setResources([]);
    await app.stop();
  });
});

it('carries no schema library, and loads nothing for its own comfort that an HTTP server does not load too', async () => {
  const agent = await ensureAgentBundle();
  expect(await readFile(agent, 'utf8')).not.toContain('~kind');
  const script = `const before = new Set(process.moduleLoadList); require(${JSON.stringify(agent)});
    console.log(JSON.stringify(process.moduleLoadList.filter((name) => !before.has(name))))`;
  const env = { FAIRWAY_SERVER: 'http://127.0.0.1:9', FAIRWAY_TOKEN: 'none', FAIRWAY_STATE_DIR: newStateDir() };
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', `require('https'); ${script}`], { env });
  const loaded: string[] = JSON.parse(stdout);
  const heavy = ['fs/promises', 'http2', 'inspector', 'readline', 'zlib'];
  expect(loaded).toContain('NativeModule worker_threads');
  expect(loaded.filter((name) => heavy.includes(name.replace('NativeModule ', '')))).toEqual([]);
});
