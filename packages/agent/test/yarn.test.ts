import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS, newStateDir, run } from './application.ts';
import { startWorld, type World } from './world.ts';

const YARN = createRequire(import.meta.url).resolve('@yarnpkg/cli-dist/bin/yarn.js');
const CALL = `call(process.env.ORDER_URL, (at) => console.log(at, typeof globalThis[Symbol.for('fairway.agent')]));`;

/** A project of two packages, one of which needs the other: nothing is asked of a registry. */
const PROJECT: Readonly<Record<string, string>> = {
  'package.json': '{"name":"project","private":true,"workspaces":["app","call"]}',
  '.yarnrc.yml': [
    'nodeLinker: pnp',
    'pnpEnableEsmLoader: true',
    'enableNetwork: false',
    'enableTelemetry: false',
    'enableGlobalCache: false',
    // Else Yarn makes no lock file where CI is set.
    'enableImmutableInstalls: false',
  ].join('\n'),
  'call/package.json': '{"name":"call","version":"1.0.0","main":"call.cjs"}',
  'call/call.cjs': `exports.call = (url, then) =>
    require('node:http').get(url, (res) => res.setEncoding('utf8').once('data', (text) => then(JSON.parse(text).at)));`,
  'app/package.json': '{"name":"app","dependencies":{"call":"workspace:*"},"scripts":{"esm":"node app.mjs"}}',
  'app/app.cjs': `const { call } = require('call'); ${CALL}`,
  'app/app.mjs': `import { call } from 'call'; ${CALL}`,
};

describe.each(NODE_VERSIONS.filter(({ version }) => version >= 18))(
  "under Yarn's Plug'n'Play on Node.js $version",
  ({ version, node }) => {
    const folder = newStateDir();
    let world: World;

    const yarn = (args: readonly string[], environment: Record<string, string | undefined> = {}) =>
      run(node, [YARN, '--cwd', `${folder}/app`, ...args], environment);

    beforeAll(async () => {
      await ensureAgentBundle();
      world = await startWorld(version + 226);
      for (const [file, text] of Object.entries(PROJECT)) {
        mkdirSync(dirname(`${folder}/${file}`), { recursive: true });
        writeFileSync(`${folder}/${file}`, text);
      }
      expect(await yarn(['install'])).toMatchObject({ code: 0 });
    });
    afterAll(() => world?.close());

    it('scripts and commands of package.json are governed, CommonJS and ES modules; Yarn itself is left alone', async () => {
      const environment = agentEnvironment(world.plane, { FAIRWAY_LANE: 'gray', ORDER_URL: world.orderUrl });
      const ways = ['node app.cjs', 'run esm'];
      const ended = await Promise.all(ways.map((way) => yarn(way.split(' '), environment)));
      expect(ended.map(({ stdout, code }) => [stdout, code])).toEqual(ways.map(() => ['order-gray object\n', 0]));
      expect(world.plane.registered.size).toBe(ways.length);
    });
  },
);
