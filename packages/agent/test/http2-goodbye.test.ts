import { once } from 'node:events';
import { createServer, type ServerHttp2Session } from 'node:http2';
import net, { type AddressInfo, type Socket } from 'node:net';
import { ensureAgentBundle } from '@fairway/agent';
import type { Instance } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';

const VERSIONS = NODE_VERSIONS.filter(({ version }) => [16, 20, 24, 26].includes(version));

/** GOAWAY, as an instance that leaves sends it. */
const NOTICE = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/** An instance. */
interface Peer {
  readonly host: string;
  readonly port: number;
  /** Resolves with the next session, and with what is under it. */
  session(): Promise<[ServerHttp2Session, Socket]>;
  /** The next connection is accepted, and nothing is said on it: resolves with what ends that. */
  hold(): Promise<() => void>;
}

describe.each(VERSIONS)('a stream of HTTP/2 on Node.js $version', ({ version, node }) => {
  const ends: (() => Promise<unknown>)[] = [];
  /** What addresses mean; undefined: nobody says it. */
  let meaning: string | null | undefined;

  beforeAll(() => ensureAgentBundle());
  afterEach(async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  });

  async function startPeer(name: string, host: number, port = 0): Promise<Peer> {
    const server = createServer((_, response) => void response.end(name));
    server.on('session', (session) => session.on('error', () => undefined));
    const sockets = new Set<Socket>();
    const door = net.createServer((socket) => {
      sockets.add(socket);
      if (!door.emit('held', socket)) server.emit('connection', socket);
    });
    await once(door.listen(port, `127.0.${version + 210}.${host}`), 'listening');
    ends.push(async () => {
      for (const socket of sockets) socket.destroy();
      door.close();
      await once(door, 'close');
    });
    return {
      host: (door.address() as AddressInfo).address,
      port: (door.address() as AddressInfo).port,
      async session() {
        const [[session], [socket]] = await Promise.all([once(server, 'session'), once(server, 'connection')]);
        return [session, socket];
      },
      async hold() {
        const [socket] = await once(door, 'held');
        return () => void server.emit('connection', socket);
      },
    };
  }

  async function startPlane(): Promise<FakeControlPlane> {
    const plane = await startFakeControlPlane('shop', () => meaning as string | null);
    ends.push(() => plane.close());
    return plane;
  }

  async function startWorld() {
    const [plane, dialled] = await Promise.all([startPlane(), startPeer('dialled', 1)]);
    return { plane, dialled, a: await startPeer('a', 2, dialled.port) };
  }

  async function startCaller(plane: FakeControlPlane): Promise<Application> {
    const app = await startApplication(node, 'caller.cjs', agentEnvironment(plane));
    ends.push(() => app.stop());
    await plane.acknowledged('shop/web');
    return app;
  }

  const call = ({ ask }: Application, { host, port }: Peer, count = 1) =>
    ask(`/${encodeURIComponent(JSON.stringify({ client: 'http2', url: `http://${host}:${port}/`, count }))}`);
  const order = (id: string, { host, port }: Peer): Instance => ({
    id,
    service: 'shop/order',
    host,
    ports: [port],
    state: 'ready',
  });
  const answer = (name: string) => [expect.objectContaining({ status: 200, text: name })];

  it.each([
    ['is told goodbye, goes as dialled, on a new connection', goodbye, null, 'dialled'],
    ['is told goodbye, goes where it is sent', goodbye, 'shop/order', 'a'],
    ['loses its connection, goes where it is sent', lose, 'shop/order', 'a'],
  ])('that waits for what its address means while its session %s', async (_, end, means, at) => {
    meaning = undefined;
    const { plane, dialled, a } = await startWorld();
    const app = await startCaller(plane);
    const isAsked = plane.until('the address is asked for', ({ posts }) =>
      posts.some(({ path }) => path === 'subscriptions'),
    );
    const session = dialled.session();
    const called = call(app, dialled);
    await isAsked;
    await end(...(await session));
    meaning = means;
    plane.setInstances([order('a', a)]);
    expect(await called).toEqual(answer(at));
  });

  it.each([
    ['is told goodbye', goodbye],
    ['loses its connection', lose],
  ])('that waits for the connection to another instance while its session %s, goes there', async (_, end) => {
    meaning = 'shop/order';
    const { plane, dialled, a } = await startWorld();
    plane.setInstances([order('a', a)]);
    const app = await startCaller(plane);
    const held = a.hold();
    const session = dialled.session();
    const called = call(app, dialled);
    const letIn = await held;
    await end(...(await session));
    letIn();
    expect(await called).toEqual(answer('a'));
  });
});

/** Says goodbye on a session, and waits until its client has understood. */
async function goodbye(session: ServerHttp2Session, socket: Socket): Promise<void> {
  await agreed(session);
  const left = once(session, 'goaway');
  net.Socket.prototype.write.call(socket, NOTICE);
  await left;
}

async function lose(session: ServerHttp2Session, socket: Socket): Promise<void> {
  await agreed(session);
  socket.resetAndDestroy();
}

/** Before it, a client cannot be told anything. */
async function agreed(session: ServerHttp2Session): Promise<void> {
  if (session.pendingSettingsAck) await once(session, 'localSettings');
}
