import http from 'node:http';
import { text } from 'node:stream/consumers';
import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import { buildNextApplication } from './next-build.ts';
import { startWorld, type World } from './world.ts';

/** By whom a standalone application was bundled, and the last part of the subnet that its tests have to themselves. */
const BUNDLERS = [
  { bundler: 'turbopack', subnet: 0, versions: [20, 22, 24, 26] },
  { bundler: 'webpack', subnet: 40, versions: [24] },
] as const;
const LANES = ['gray', '', 'blue'];
const PORT = 3000;

/** What a call in a lane answers: no instance is in the lane blue, which is carried all the same. */
const answerIn = (lane: string) => `${lane === 'gray' ? 'order-gray' : 'order-base'}/${lane}`;

describe.each(BUNDLERS)('a Next.js application, standalone, by $bundler', ({ bundler, subnet, versions }) => {
  let server: string;

  beforeAll(async () => {
    await ensureAgentBundle();
    server = await buildNextApplication(bundler);
  }, 150_000);

  describe.each(NODE_VERSIONS.filter(({ version }) => versions.some((one) => one === version)))(
    'on Node.js $version',
    ({ version, node }) => {
      const host = `127.1.${version + subnet}.1`;
      let world: World;
      let app: Application;

      beforeAll(async () => {
        world = await startWorld(version + subnet + 5);
        const own = {
          HOSTNAME: host,
          PORT: `${PORT}`,
          NODE_ENV: undefined,
          FAIRWAY_SERVICE: undefined,
          NODE_EXTRA_CA_CERTS: undefined,
        };
        app = await startApplication(
          node,
          server,
          agentEnvironment(world.plane, { ORDER_URL: world.orderUrl, ...own }),
        );
        await world.plane.until('it is ready', ({ registered }) =>
          [...registered.values()].some(({ state }) => state === 'ready'),
        );
      });
      afterAll(async () => {
        await app?.stop();
        await world?.close();
      });

      const ask = (path: string, lane: string, method = 'GET') =>
        new Promise<string>((resolve, reject) => {
          const headers = lane ? { 'x-fairway-lane': lane } : {};
          const req = http.request({ host, port: PORT, path, method, headers, agent: false }, (res) => {
            text(res).then(resolve, reject);
          });
          req.on('error', reject).end(method === 'POST' ? 'body' : undefined);
        });

      it('registers as the application that it is', () => {
        const registered = [...world.plane.registered.values()];
        expect(registered).toMatchObject([{ service: 'shop/storefront', host, ports: [PORT] }]);
      });

      it.each(['fetch', 'http', 'axios'])(
        'calls by %s from route handlers, many at once, each in its lane',
        async (client) => {
          const lanes = Array.from({ length: 30 }, (_, i) => LANES[i % LANES.length] as string);
          for (const [path, method] of [
            [`/call?client=${client}`, 'POST'],
            [`/api/call?client=${client}`, 'GET'],
          ] as const) {
            const answers = await Promise.all(lanes.map((lane) => ask(path, lane, method)));
            expect(answers.map((answer) => JSON.parse(answer))).toEqual(lanes.map(answerIn));
          }
        },
      );

      it('calls from server components in the lane of the page', async () => {
        const lanes = Array.from({ length: 12 }, (_, i) => LANES[i % LANES.length] as string);
        const pages = await Promise.all(lanes.map((lane) => ask('/', lane)));
        expect(pages.map((page) => /<p>(.*?)<\/p>/.exec(page)?.[1])).toEqual(
          lanes.map((lane) => `${answerIn(lane)} ${answerIn(lane)}`),
        );
      });

      it('prints nothing of the agent', () => {
        expect(app.stderr()).toBe('');
      });
    },
  );
});
