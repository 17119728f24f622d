import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import { type Held, measure } from './context-measure.ts';
import { type Measured, renderContext } from './context-table.ts';
import { type Servers, startServers } from './database/servers.ts';
import { expectDocumented } from './documented.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startWorld } from './world.ts';

describe('the context of a request', () => {
  const all: Measured[] = [];
  let servers: Servers;
  let upstream: Upstream;

  beforeAll(async () => {
    [servers, upstream] = await Promise.all([startServers(), startUpstream(), ensureAgentBundle()]);
  });
  afterAll(async () => {
    await Promise.all([servers?.stop(), upstream?.close()]);
  });

  it.each(NODE_VERSIONS)(
    'is kept on Node.js $version where it is without the agent, and where it is mended',
    async ({ version, node }) => {
      const world = await startWorld(120 + version);
      const environment = {
        ORDER_URL: world.orderUrl,
        SERVERS: JSON.stringify({ ...servers, upstream: upstream.url }),
      };
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
      expect(await app.ask('/probe')).toMatchObject({ points: Array(4).fill({ faults: 0, state: 'on' }) });
      await Promise.all([plain, app].map((one) => one.ask('/end')));
      await Promise.all([plain.stop(), app.stop(), world.close()]);
    },
  );

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
