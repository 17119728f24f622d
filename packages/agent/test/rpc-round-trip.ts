import http from 'node:http';
import grpc from '@grpc/grpc-js';
import { afterAll, afterEach, expect, it } from 'vitest';
import type { Application } from './application.ts';
import { query } from './round-trip.ts';
import { Grpc, type SeenRpc } from './rpc-backend.ts';
import type { RpcWorld } from './rpc-world.ts';
import { record, rpcClientsOn, type Variant } from './variant.ts';

export type RpcAnswers = Readonly<Record<string, SeenRpc & { readonly error?: unknown }>>;

/** Where a call of a way is to arrive. */
const serviceOf = (way: string) => (/TLS|HTTP\/1\.1|allowH2/.test(way) ? 'pay' : 'order');

/** What undici itself says of its support of HTTP/2. */
const UNDICI_WARNING = /^.*\[UNDICI-H2\] Warning.*\n(\(Use `node --trace-warnings.*\n)?/gm;

/** What holds for calls over HTTP/2 however the application was built. */
export function rpcRoundTrips(version: number, variant: Variant, world: () => RpcWorld, app: () => Application): void {
  let hasFailed = false;
  afterEach(({ task }) => {
    hasFailed ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    if (!hasFailed) record('rpc', { version, variant, ways: await app().ask<string[]>('/ways') });
  });

  const labelled = (lane: string) => (lane === '' ? {} : { lane });
  const all = async (lane: string) => Object.entries(await app().ask<RpcAnswers>('/all', labelled(lane)));

  it.each(['grpc-js unary', 'grpc-js-1.8 unary', 'http2.connect'])(
    'keep their lanes when they are the first, by %s, all at once',
    async (way) => {
      const lanes = Array.from({ length: 24 }, (_, i) => (i % 2 ? 'gray' : ''));
      const seen = await Promise.all(lanes.map((lane) => app().ask<SeenRpc>(query('/call', { way }), labelled(lane))));
      expect(seen.map(({ at, lane }) => `${at} ${lane}`)).toEqual(
        lanes.map((lane) => (lane ? 'order-gray gray' : 'order-base null')),
      );
    },
  );

  it('reach the gray instance by every client, with the label and the dialled names', async () => {
    const { where } = world();
    const answers = await all('gray');
    expect(answers.map(([way]) => way)).toEqual(rpcClientsOn(version));
    for (const [way, { at, lane, baggage, authority, servername, error }] of answers) {
      const service = serviceOf(way);
      const isGrpcJs = way.startsWith('grpc-js');
      const dialled = new URL(service === 'pay' ? where.h2s : where.h2).host;
      expect({ way, error, at, lane, baggage, servername, authority }).toEqual({
        way,
        at: `${service}-gray`,
        lane: 'gray',
        baggage: 'fairway.lane=gray',
        servername: isGrpcJs || service === 'order' ? null : 'pay',
        authority: !isGrpcJs ? dialled : service === 'pay' ? 'pay' : where.grpc,
      });
    }
  });

  it('reach the base instance without a label', async () => {
    for (const [way, { at, lane, baggage, error }] of await all(''))
      expect({ way, error, at, lane, baggage }).toEqual({
        way,
        at: `${serviceOf(way)}-base`,
        lane: null,
        baggage: null,
      });
  });

  it('go to another instance when the connection is refused', async () => {
    world().plane.setInstances([...world().dead('gray', 2), ...world().dead('', 1), ...world().instances]);
    await world().plane.acknowledged('shop/web');
    for (let round = 0; round < 3; round++) {
      for (const lane of ['gray', '']) {
        for (const [way, { at, error }] of await all(lane))
          expect({ way, error, at }).toEqual({ way, at: `${serviceOf(way)}-${lane || 'base'}` });
      }
    }
    world().plane.setInstances(world().instances);
    await world().plane.acknowledged('shop/web');
  });

  it('share one connection to each instance', async () => {
    for (const way of ['http2.connect', 'http2.connect TLS', 'grpc-js unary', 'grpc-js TLS', 'dubbo-node unary']) {
      const connections = new Map<string, Set<string>>();
      for (let i = 0; i < 4; i++) {
        for (const lane of ['gray', '']) {
          const { at, connection } = await app().ask<SeenRpc>(query('/call', { way }), labelled(lane));
          connections.set(at, (connections.get(at) ?? new Set()).add(connection));
        }
      }
      expect([way, ...[...connections.values()].map(({ size }) => size)]).toEqual([way, 1, 1]);
    }
  });

  it('never cross lanes when many run at once', async () => {
    const lanes = Array.from({ length: 30 }, (_, i) => (i % 2 ? 'gray' : ''));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    for (const way of ['http2.connect', 'grpc-js bidi', 'grpc-js-1.8 unary']) {
      const path = query('/many', { way, calls: '6' });
      const seen = await Promise.all(lanes.map((lane) => app().ask<SeenRpc[]>(path, { agent, ...labelled(lane) })));
      const found = seen.map((calls) => [...new Set(calls.map(({ at, lane }) => `${at} ${lane}`))]);
      expect([way, found]).toEqual([way, lanes.map((lane) => [lane ? 'order-gray gray' : 'order-base null'])]);
    }
    agent.destroy();
  });

  it('keep their lane in the events of their streams, of many at once', async () => {
    const lanes = ['gray', '', 'gray', 'gray', '', ''];
    for (const path of ['/stream-events', '/grpc-events']) {
      const answers = await Promise.all(lanes.map((lane) => app().ask<Record<string, string>>(path, labelled(lane))));
      expect([path, answers.map((calls) => [...new Set(Object.values(calls))])]).toEqual([
        path,
        lanes.map((lane) => [lane ? 'order-gray' : 'order-base']),
      ]);
      for (const calls of answers) expect(Object.keys(calls)).toHaveLength(4);
    }
  });

  it('keep the lane of handlers of gRPC that make them', async () => {
    const Client = grpc.makeGenericClientConstructor(Grpc, 'Grpc');
    const client = new Client(`127.0.0.1:${app().tcpPort}`, grpc.credentials.createInsecure());
    const lanes = ['gray', '', 'gray', 'gray', '', ''];
    for (const method of ['unary', 'clientStream', 'serverStream', 'bidi'] as const) {
      const seen = await Promise.all(lanes.map((lane) => callGrpc(client, method, lane)));
      expect([method, seen]).toEqual([method, lanes.map((lane) => (lane ? 'order-gray' : 'order-base'))]);
    }
    client.close();
  });

  it('meet no failing hook, and are seen by nobody else', async () => {
    expect(await app().ask('/probe')).toMatchObject({
      phase: 'up',
      ignored: 0,
      points: Array(7).fill({ faults: 0, state: 'on' }),
    });
    expect(app().stderr().replace(UNDICI_WARNING, '')).toBe('');
    expect(world().virtual.flatMap(({ paths }) => paths)).toEqual([]);
  });
}

type Call = grpc.ClientDuplexStream<string, string>;
type Answered = (error: Error | null, answer: string) => void;

async function callGrpc(
  client: InstanceType<grpc.ServiceClientConstructor>,
  method: 'unary' | 'clientStream' | 'serverStream' | 'bidi',
  lane: string,
): Promise<string> {
  const metadata = new grpc.Metadata();
  if (lane) metadata.set('x-fairway-lane', lane);
  const isStreaming = method === 'clientStream' || method === 'bidi';
  const isStreamed = method === 'serverStream' || method === 'bidi';
  return new Promise((resolve, reject) => {
    const callback: Answered = (error, text) => (error ? reject(error) : resolve(text));
    const args = [...(isStreaming ? [] : ['hi']), metadata, ...(isStreamed ? [] : [callback])];
    const call = (client[method] as (...args: unknown[]) => Call).apply(client, args);
    if (isStreaming) call.end('hi');
    if (isStreamed) lastOf(call).then(resolve, reject);
  });
}

async function lastOf(call: AsyncIterable<string>): Promise<string> {
  let last = '';
  for await (const text of call) last = text;
  return last;
}
