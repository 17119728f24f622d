import { once } from 'node:events';
import {
  constants,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import net, { type AddressInfo, type Socket } from 'node:net';
import { ensureAgentBundle } from '@fairway/agent';
import type { Instance } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';

const VERSIONS = NODE_VERSIONS.filter(({ version }) => [16, 20, 24, 26].includes(version));

/** GOAWAY as an instance that leaves sends it: all streams on the wire are taken. */
const NOTICE = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
/** GOAWAY: no stream was taken. */
const UNTAKEN = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** The whole of an answer, as its frame: status 200 and no more. */
const answered = ({ id = 0 }: ServerHttp2Stream) => Buffer.from([0, 0, 1, 1, 5, 0, 0, 0, id, 0x88]);

/** Writes to a connection past the session that it belongs to. */
const write = (socket: Socket, frame: Buffer) => net.Socket.prototype.write.call(socket, frame);

/** What instances do with a request. */
type Script = (name: string, request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** An instance. */
interface Peer {
  readonly name: string;
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
  let script: Script;

  beforeAll(() => ensureAgentBundle());
  beforeEach(() => {
    script = (name, _, response) => void response.end(name);
  });
  afterEach(async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  });

  async function startPeer(name: string, host: number, port = 0): Promise<Peer> {
    const server = createServer((request, response) => script(name, request, response));
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
      name,
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

  const call = ({ ask }: Application, { host, port }: Peer, more = {}) => {
    const wanted = { client: 'http2', url: `http://${host}:${port}/`, count: 1, ...more };
    return ask<{ status?: number; text?: string; message?: string }[]>(
      `/${encodeURIComponent(JSON.stringify(wanted))}`,
    );
  };
  const order = ({ name, host, port }: Peer): Instance => ({
    id: name,
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
    plane.setInstances([order(a)]);
    expect(await called).toEqual(answer(at));
  });

  it.each([
    ['is told goodbye', goodbye],
    ['loses its connection', lose],
  ])('that waits for the connection to another instance while its session %s, goes there', async (_, end) => {
    meaning = 'shop/order';
    const { plane, dialled, a } = await startWorld();
    plane.setInstances([order(a)]);
    const app = await startCaller(plane);
    const held = a.hold();
    const session = dialled.session();
    const called = call(app, dialled);
    const letIn = await held;
    await end(...(await session));
    letIn();
    expect(await called).toEqual(answer('a'));
  });

  it('that starts in the very read in which its peer says goodbye goes out again', async () => {
    meaning = 'shop/order';
    const { plane, dialled, a } = await startWorld();
    plane.setInstances([order(dialled), order(a)]);
    const app = await startCaller(plane);
    const asked: string[] = [];
    script = (name, { stream }, response) => {
      asked.push(name);
      if (asked.length > 1) response.end(name);
      else write(socketOf(stream), Buffer.concat([answered(stream), NOTICE]));
    };
    const two = [expect.objectContaining({ status: 200, text: '' }), ...answer('a')];
    expect(await call(app, dialled, { count: 2 })).toEqual(two);
    expect(asked).toEqual(['dialled', 'a']);
  });

  describe.each<[string, Script]>([
    ['refuses', (_, { stream }) => stream.close(constants.NGHTTP2_REFUSED_STREAM)],
    ['leaves out as it says goodbye', (_, { stream }) => void write(socketOf(stream), UNTAKEN)],
  ])('that a peer %s', (_, refuse) => {
    /** The first `count` requests are not taken; `then` is what becomes of others. */
    function refusing(count: number, then = script): string[] {
      const asked: string[] = [];
      script = (name, request, response) => {
        asked.push(name);
        (asked.length > count ? then : refuse)(name, request, response);
      };
      return asked;
    }

    it('goes to another instance', async () => {
      meaning = 'shop/order';
      const { plane, dialled, a } = await startWorld();
      plane.setInstances([order(dialled), order(a)]);
      const app = await startCaller(plane);
      for (const count of [0, 1]) {
        const asked = refusing(count);
        expect(await call(app, dialled)).toEqual(answer(asked[count] as string));
        expect(asked).toEqual(count ? ['dialled', 'a'] : ['dialled']);
      }
    });

    it('goes to the same again where there is no other, and fails when that does not take it either', async () => {
      meaning = 'shop/order';
      const { plane, dialled, a } = await startWorld();
      plane.setInstances([order(a)]);
      const app = await startCaller(plane);
      const asked = refusing(1);
      expect(await call(app, dialled)).toEqual(answer('a'));
      expect(asked).toEqual(['a', 'a']);
      const again = refusing(9);
      expect(await call(app, dialled)).toMatchObject([{ message: expect.stringContaining('REFUSED_STREAM') }]);
      expect(again).toEqual(['a', 'a']);
    });

    it('comes back where the others refuse connections', async () => {
      meaning = 'shop/order';
      const { plane, dialled } = await startWorld();
      plane.setInstances([order(dialled), { ...order(dialled), id: 'gone', host: `127.0.${version + 210}.9` }]);
      const app = await startCaller(plane);
      const asked = refusing(1);
      expect(await call(app, dialled)).toEqual(answer('dialled'));
      expect(asked).toEqual(['dialled', 'dialled']);
    });

    it('keeps its time limit', async () => {
      meaning = 'shop/order';
      const { plane, dialled, a } = await startWorld();
      plane.setInstances([order(dialled), order(a)]);
      const app = await startCaller(plane);
      // Without it, the call would have no end.
      refusing(1, () => undefined);
      expect(await call(app, dialled, { timeoutMs: 1000 })).toMatchObject([{ message: 'late' }]);
    });
  });
});

/** Says goodbye on a session, and waits until its client has understood. */
async function goodbye(session: ServerHttp2Session, socket: Socket): Promise<void> {
  await agreed(session);
  const left = once(session, 'goaway');
  write(socket, NOTICE);
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

/** What is under the session of a stream. */
function socketOf({ session }: ServerHttp2Stream): Socket {
  const key = Object.getOwnPropertySymbols(session as object).find(({ description }) => description === 'socket');
  return (session as unknown as Record<symbol, Socket>)[key as symbol] as Socket;
}
