import { ensureAgentBundle } from '@fairway/agent';
import type { TrafficReport } from '@fairway/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import { query } from './round-trip.ts';
import type { SeenRpc } from './rpc-backend.ts';
import { rpcRoundTrips } from './rpc-round-trip.ts';
import { type RpcWorld, startRpcWorld } from './rpc-world.ts';

/** What stands before each message of gRPC. */
const GRPC_FRAMING = 5;

describe.each(NODE_VERSIONS)('calls over HTTP/2 on Node.js $version', ({ version, node }) => {
  let world: RpcWorld;
  let app: Application;

  beforeAll(async () => {
    await ensureAgentBundle();
    world = await startRpcWorld(version + 130);
    const environment = agentEnvironment(world.plane, { WHERE: JSON.stringify(world.where) });
    app = await startApplication(node, 'rpc-hop.cjs', environment);
    await world.plane.acknowledged('shop/web');
  });
  afterAll(async () => {
    await app?.stop();
    await world?.close();
  });

  rpcRoundTrips(
    version,
    'plain',
    () => world,
    () => app,
  );

  it('have the sizes of their bodies counted', async () => {
    const { plane } = world;
    plane.write('event: pace\ndata: {"version":1,"everyMs":100}\n\n');
    const reports = () => plane.posts.filter(({ path }) => path === 'traffic').map(({ body }) => body);
    const text = 'x'.repeat(700);
    for (const [way, framing] of [
      ['http2.connect', 0],
      ['http2.connect TLS', 0],
      ['grpc-js unary', GRPC_FRAMING],
      ['grpc-js TLS', GRPC_FRAMING],
      ['grpc-js-1.8 unary', GRPC_FRAMING],
    ] as const) {
      const said = framing === 0 ? text : JSON.stringify(text);
      // What was called before is told of: a report begins after it.
      const before = reports().length;
      await plane.until('the calls before are told of', () => reports().length > before + 1);
      const seen = await app.ask<SeenRpc>(query('/call', { way, text }));
      const edges = () => (reports() as unknown as TrafficReport[]).slice(before + 2).flatMap((report) => report.edges);
      await plane.until('the call is told of', () => edges().length > 0);
      const [sentBytes, receivedBytes] = [said.length + framing, JSON.stringify(seen).length + framing];
      expect([way, edges()]).toMatchObject([way, [{ sentBytes, receivedBytes }]]);
    }
  });
});
