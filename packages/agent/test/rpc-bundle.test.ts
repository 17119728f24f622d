import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, newStateDir, startApplication } from './application.ts';
import { bundleFixture } from './fixture-bundle.ts';
import { rpcRoundTrips } from './rpc-round-trip.ts';
import { type RpcWorld, startRpcWorld } from './rpc-world.ts';

describe.each(['esbuild CJS', 'esbuild ESM', 'webpack'] as const)(
  'calls over HTTP/2 of an application built by %s',
  (variant) => {
    let file: string;

    beforeAll(async () => {
      await ensureAgentBundle();
      file = await bundleFixture(variant, newStateDir(), 'rpc-hop.cjs');
    }, 240_000);

    describe.each(NODE_VERSIONS)('on Node.js $version', ({ version, node }) => {
      let world: RpcWorld;
      let app: Application;

      beforeAll(async () => {
        world = await startRpcWorld(version + 160);
        const environment = agentEnvironment(world.plane, { WHERE: JSON.stringify(world.where) });
        app = await startApplication(node, file, environment);
        await world.plane.acknowledged('shop/web');
      });
      afterAll(async () => {
        await app?.stop();
        await world?.close();
      });

      rpcRoundTrips(
        version,
        variant,
        () => world,
        () => app,
      );
    });
  },
);
