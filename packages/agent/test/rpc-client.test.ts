import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import { rpcRoundTrips } from './rpc-round-trip.ts';
import { type RpcWorld, startRpcWorld } from './rpc-world.ts';

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
});
