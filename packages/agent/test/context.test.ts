import { fileURLToPath } from 'node:url';
import { ensureAgentBundle } from '@fairway/agent';
import type { AgentReport } from '@fairway/model';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS, newStateDir, startApplication } from './application.ts';
import { type Held, measure } from './context-measure.ts';
import { type Measured, renderContext } from './context-table.ts';
import { type Servers, startServers } from './database/servers.ts';
import { expectDocumented } from './documented.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startWorld, type World } from './world.ts';

/** The application and its clients of SQL in one file; the others read files of their own or load what is not installed. */
const BUNDLE: BuildOptions = {
  entryPoints: [fileURLToPath(new URL('fixture/context-hop.cjs', import.meta.url))],
  bundle: true,
  platform: 'node',
  minify: true,
  logLevel: 'error',
  external: ['bullmq', 'ioredis', 'mongodb', 'redis', 'pg-native'],
};

describe('the context of a request', { timeout: 60_000 }, () => {
  const all: Measured[] = [];
  let servers: Servers;
  let upstream: Upstream;

  beforeAll(async () => {
    [servers, upstream] = await Promise.all([startServers(), startUpstream(), ensureAgentBundle()]);
  });
  const environmentOf = ({ orderUrl }: World) => ({
    ORDER_URL: orderUrl,
    SERVERS: JSON.stringify({ ...servers, upstream: upstream.url }),
  });
  afterAll(async () => {
    await Promise.all([servers?.stop(), upstream?.close()]);
  });

  it.each(NODE_VERSIONS)(
    'is kept on Node.js $version where it is without the agent, and where it is mended',
    async ({ version, node }) => {
      const world = await startWorld(120 + version);
      const environment = environmentOf(world);
      const [plain, app] = await Promise.all([
        startApplication(node, 'context-hop.cjs', environment),
        startApplication(node, 'context-hop.cjs', agentEnvironment(world.plane, environment)),
      ]);
      await world.plane.acknowledged('shop/web');
      const [alone, agent] = await Promise.all([measure(plain, false), measure(app, false)]);
      const bound = await measure(app, true);
      all.push({ version, alone, agent, bound });

      expect(lostIn(agent, alone)).toEqual([]);
      expect(lostIn(bound, agent)).toEqual([]);
      const { points } = await app.ask<AgentReport>('/probe');
      expect(points.filter(({ faults, state }) => faults > 0 || state !== 'on')).toEqual([]);
      await Promise.all([plain, app].map((one) => one.ask('/end')));
      await Promise.all([plain.stop(), app.stop(), world.close()]);
    },
  );

  it('is kept by clients of databases that are in one minified file', async () => {
    const { node } = NODE_VERSIONS[4];
    const world = await startWorld(119);
    const outfile = `${newStateDir()}/hop.cjs`;
    await build({ ...BUNDLE, outfile });
    const app = await startApplication(node, outfile, {
      ...agentEnvironment(world.plane, environmentOf(world)),
      NODE_PATH: fileURLToPath(new URL('../../../node_modules', import.meta.url)),
    });
    await world.plane.acknowledged('shop/web');
    const { pg, mysql2 } = await measure(app, false);
    const lost = Object.entries({ ...pg, ...mysql2 }).filter(([, held]) => !held);
    expect([lost, Object.keys({ ...pg, ...mysql2 }).length > 10]).toEqual([[], true]);
    await app.ask('/end');
    await Promise.all([app.stop(), world.close()]);
  });

  it('is kept as the documentation says', () => {
    expect(all.map(({ version }) => version)).toEqual(NODE_VERSIONS.map(({ version }) => version));
    expectDocumented('context', renderContext(all));
  });
});

/** What held in one measurement and not in another. */
function lostIn(now: Held, before: Held): string[] {
  return Object.entries(before).flatMap(([library, styles]) =>
    Object.entries(styles).flatMap(([style, held]) => (held && !now[library]?.[style] ? [`${library}: ${style}`] : [])),
  );
}
