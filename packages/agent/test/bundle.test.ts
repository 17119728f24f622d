import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, newStateDir, startApplication } from './application.ts';
import { bundleFixture } from './fixture-bundle.ts';
import { roundTrips } from './round-trip.ts';
import { startWorld, type World } from './world.ts';

describe.each(['esbuild CJS', 'esbuild ESM', 'webpack'] as const)('calls of an application built by %s', (variant) => {
  let file: string;

  beforeAll(async () => {
    await ensureAgentBundle();
    file = await bundleFixture(variant, newStateDir());
  }, 240_000);

  describe.each(NODE_VERSIONS)('on Node.js $version', ({ version, node }) => {
    let world: World;
    let app: Application;

    beforeAll(async () => {
      world = await startWorld(version + 50);
      app = await startApplication(node, file, agentEnvironment(world.plane, { ORDER_URL: world.orderUrl }));
      await world.plane.acknowledged('shop/web');
    });
    afterAll(async () => {
      await app?.stop();
      await world?.close();
    });
    afterEach(async () => {
      world.plane.setInstances(world.instances);
      await world.plane.acknowledged('shop/web');
    });

    roundTrips(
      version,
      variant,
      () => world,
      () => app,
    );
  });
});
