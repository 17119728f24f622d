import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { ensureAgentBundle } from '@fairway/agent';
import type { CallerCount, LedgerReport, Resource, Transition } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { agentEnvironment, NODE_VERSIONS } from './application.ts';
import { freePort, startCallers, startCallers2, startLeaver } from './leaving.ts';

const policy = (lossless: object): Resource => ({
  apiVersion: 'fairway.dev/v1',
  kind: 'Policy',
  metadata: { name: 'leave', namespace: 'shop' },
  spec: { services: '*', lossless } as never,
});

/** How a process ends without the agent, by how its application asks for that. */
const ENDS = [
  { end: 'none', code: null, signal: 'SIGTERM', lines: [] },
  { end: 'exit', code: 7, signal: null, lines: ['exit ["SIGTERM",15]'] },
  { end: 'close', code: 0, signal: null, lines: ['closed undefined'] },
  { end: 'several', code: 3, signal: null, lines: ['first', 'once 2', 'last true'] },
  { end: 'removed', code: null, signal: 'SIGTERM', lines: [] },
] as const;

let plane: FakeControlPlane;
beforeAll(async () => {
  await ensureAgentBundle();
  plane = await startFakeControlPlane('shop', (address) => (address.startsWith('callee:') ? 'shop/callee' : null));
  plane.setCallers({ callers: 1, acknowledged: 1 });
  plane.setResources([policy({ offline: { quiet: '200ms', streams: '300ms', maxWait: '8s' } })]);
});
afterAll(() => plane?.close());

const stateOf = (instance: string) => plane.registered.get(instance)?.state;
const transitionsOf = (instance: string): Transition[] =>
  plane.posts.flatMap(({ path, body }) =>
    path === 'ledger' && body['instance'] === instance ? (body as unknown as LedgerReport).transitions : [],
  );
const countsOf = (instance: string): CallerCount[] =>
  plane.posts.flatMap(({ path, body }) =>
    path === 'ledger' && body['instance'] === instance ? (body as unknown as LedgerReport).counts : [],
  );

/** Two instances that run, and how to choose one that is ready. */
async function startPair(node: string, name: string, more: Record<string, string>) {
  const ids = [`${name}-1`, `${name}-2`];
  const pair = await Promise.all(
    ids.map((id) => startLeaver(node, agentEnvironment(plane, { FAIRWAY_INSTANCE: id, ...more }))),
  );
  await plane.until('both are ready', () => ids.every((id) => stateOf(id) === 'ready'));
  let turn = 0;
  const pick = () => {
    const ready = pair.filter((_, i) => stateOf(ids[i] as string) === 'ready');
    return ready[turn++ % ready.length]?.port ?? 0;
  };
  return { first: pair[0] as (typeof pair)[number], id: ids[0] as string, pick };
}

describe.each(NODE_VERSIONS)('an instance that is told to end, on Node.js $version', ({ version, node }) => {
  it.each(ENDS)('loses nothing, and ends as without the agent: $end', async ({ end, code, signal, lines }) => {
    const alone = await startLeaver(node, { END: end });
    alone.child.kill('SIGTERM');
    expect(await alone.ended).toEqual({ code, signal, lines, stderr: '' });

    const { first, id, pick } = await startPair(node, `${end}-${version}`, { END: end });
    const callers = startCallers(4, pick);
    first.child.kill('SIGTERM');
    expect(await first.ended).toEqual({ code, signal, lines, stderr: '' });
    const { answered, lost } = await callers.stop();
    expect(lost).toEqual([]);
    expect(answered).toBeGreaterThan(0);
    expect(transitionsOf(id)).toMatchObject([
      { what: 'ready' },
      { what: 'draining', cause: 'sigterm' },
      { what: 'quiet', cause: 'sigterm', failed: 0, cutOff: 0, callers: 1, acknowledged: 1 },
    ]);
    expect(stateOf(id)).toBe('gone');
  });

  it('loses nothing over HTTP/2', async () => {
    const { first, pick } = await startPair(node, `h2-${version}`, { PROTOCOL: 'http2' });
    const callers = startCallers2(4, pick);
    first.child.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    const { answered, lost } = await callers.stop();
    expect(lost).toEqual([]);
    expect(answered).toBeGreaterThan(0);
  });
});

/** A program that makes another one the first of a namespace of processes, as in a container. */
const AS_FIRST = ['unshare', '--pid', '--fork', '--kill-child'];
const mayBeFirst = spawnSync(AS_FIRST[0] as string, [...AS_FIRST.slice(1), 'true']).status === 0;

it.runIf(mayBeFirst).each(NODE_VERSIONS)(
  'the first process of a container ends, on Node.js $version',
  async ({ version, node }) => {
    const id = `first-${version}`;
    const environment = agentEnvironment(plane, { FAIRWAY_INSTANCE: id });
    const { child, ended } = await startLeaver([...AS_FIRST, node], environment);
    await plane.until('it is ready', () => stateOf(id) === 'ready');
    const [first] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
    process.kill(Number(first), 'SIGTERM');
    expect(await ended).toMatchObject({ code: 143, signal: null });
    expect(stateOf(id)).toBe('gone');
  },
);

describe.each([NODE_VERSIONS[0], NODE_VERSIONS[4]])('an instance on Node.js $version', ({ version, node }) => {
  const start = async (instance: string, more: Record<string, string> = {}) => {
    const leaver = await startLeaver(node, agentEnvironment(plane, { FAIRWAY_INSTANCE: instance, ...more }));
    await plane.until('it is ready', ({ registered }) =>
      [...registered].some(([id, { state }]) => id.startsWith(instance) && state === 'ready'),
    );
    return leaver;
  };

  it('waits for a slow upload, and for streams no longer than their limit', async () => {
    const id = `slow-${version}`;
    const { port, child, ended } = await start(id);
    const events = await open(port, '/events');
    const upload = http.request({ host: '127.0.0.1', port, path: '/upload', method: 'POST', agent: false });
    const answered = once(upload, 'response') as Promise<[http.IncomingMessage]>;
    await new Promise<void>((resolve) => upload.write('12345', () => resolve()));
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: app\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n');
    await once(socket, 'data');
    child.kill('SIGTERM');
    await plane.until('it is draining', () => stateOf(id) === 'draining');
    socket.write('still?');
    expect(String((await once(socket, 'data'))[0])).toBe('still?');
    upload.end('678');
    const [response] = await answered;
    expect([await text(response), response.headers.connection, response.headers['x-fairway-draining']]).toEqual([
      '8',
      'close',
      '1',
    ]);
    expect(await ended).toMatchObject({ signal: 'SIGTERM' });
    expect(transitionsOf(id).at(-1)).toMatchObject({ what: 'quiet', failed: 0, cutOff: 2 });
    events.on('error', () => undefined).destroy();
    socket.destroy();
  });

  it('tells what it saw of others before it is gone', async () => {
    const id = `teller-${version}`;
    const callee = http.createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
    await once(callee, 'listening');
    const { port: calleePort } = callee.address() as net.AddressInfo;
    const address = { host: '127.0.0.1', ports: [calleePort] };
    plane.setInstances([{ id: 'callee-1', service: 'shop/callee', ...address, state: 'ready', readyForMs: 0 }]);
    const { port, child, ended } = await start(id);
    const url = `http://callee:${calleePort}/`;
    const answer = await fetch(`http://127.0.0.1:${port}/ask?url=${encodeURIComponent(url)}`);
    expect(await answer.text()).toBe('{}');
    child.kill('SIGTERM');
    await ended;
    expect(countsOf(id)).toMatchObject([{ instance: 'callee-1', phase: 'warming', requests: 1, failed: {} }]);
    callee.close();
  });

  it('leaves and comes back by its admin port, and by commands', async () => {
    const id = `admin-${version}`;
    const adminPort = await freePort();
    const { child, ended } = await start(id, { FAIRWAY_ADMIN_PORT: String(adminPort) });
    const admin = (method: string, path: string) =>
      fetch(`http://127.0.0.1:${adminPort}${path}`, { method }).then(async (answer) => ({
        status: answer.status,
        ...((await answer.json()) as object),
      }));
    await vi.waitFor(async () => expect(await admin('GET', '/ready')).toEqual({ status: 200, ready: true }));
    const page = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    expect(page).toContain('fairway_agent_governed_total{point="inbound"} ');
    for (const line of page.trim().split('\n'))
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) \S+ .+|\w+(?:\{(?:\w+="[^"\\]*",?)*\})? [\d.e+-]+)$/);
    expect(await admin('POST', '/offline')).toMatchObject({ status: 200, state: 'quiet', registered: 'draining' });
    expect(await admin('GET', '/ready')).toEqual({ status: 503, ready: false, why: 'quiet' });
    await admin('POST', '/online');
    await plane.until('it is back', () => stateOf(id) === 'ready');
    plane.command(id, 'drain');
    await plane.until('it leaves', () => stateOf(id) === 'draining');
    plane.command(id, 'resume');
    await plane.until('it is back again', () => stateOf(id) === 'ready');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ signal: 'SIGTERM', lines: [], stderr: '' });
  });

  it('gets a second SIGINT at once, and the first where it is not to wait', async () => {
    const id = `int-${version}`;
    const { port, child, ended } = await start(id);
    const events = await ask(port, '/?ms=60000');
    child.kill('SIGINT');
    await plane.until('it is draining', () => stateOf(id) === 'draining');
    const again = setInterval(() => child.kill('SIGINT'), 100);
    expect(await ended).toMatchObject({ signal: 'SIGINT' });
    clearInterval(again);
    expect(transitionsOf(id).map(({ what }) => what)).toEqual(['ready', 'draining']);
    events.destroy();

    const straight = await start(`off-${version}`, { FAIRWAY_DISABLE: 'lifecycle' });
    straight.child.kill('SIGTERM');
    expect(await straight.ended).toMatchObject({ signal: 'SIGTERM' });
    expect(stateOf(`off-${version}`)).toBe('ready');
  });

  it('loses nothing as a cluster, whose primary ends last', async () => {
    const pair = await Promise.all(
      ['one', 'two'].map((name) => start(`${name}-${version}`, { WORKERS: '2', END: 'exit' })),
    );
    await plane.until('all workers are ready', ({ registered }) =>
      ['one', 'two'].every(
        (name) =>
          [...registered].filter(([id, { state }]) => id.startsWith(`${name}-${version}-`) && state === 'ready')
            .length === 2,
      ),
    );
    const isReady = (name: string) =>
      [...plane.registered].every(([id, { state }]) => !id.startsWith(`${name}-${version}-`) || state === 'ready');
    const [one, two] = pair as [(typeof pair)[number], (typeof pair)[number]];
    const callers = startCallers(4, () => (isReady('one') ? one.port : two.port));
    one.child.kill('SIGTERM');
    expect(await one.ended).toMatchObject({ code: 7, stderr: '' });
    expect(await callers.stop()).toMatchObject({ lost: [] });
  });
});

async function ask(port: number, path: string): Promise<http.ClientRequest> {
  const req = http.get({ host: '127.0.0.1', port, path, agent: false }).on('error', () => undefined);
  await once(req, 'finish');
  return req;
}

async function open(port: number, path: string): Promise<http.IncomingMessage> {
  const [response] = (await once(http.get({ host: '127.0.0.1', port, path, agent: false }), 'response')) as [
    http.IncomingMessage,
  ];
  await once(response, 'data');
  return response;
}
