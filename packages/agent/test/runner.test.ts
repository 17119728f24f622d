import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { AGENT_FILE, ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS, newStateDir, run } from './application.ts';
import { startWorld, type World } from './world.ts';

const require = createRequire(import.meta.url);
const COMPILER = '{"module":"commonjs","moduleResolution":"bundler","target":"es2022","ignoreDeprecations":"6.0"}';

/** Ways of running TypeScript, and the oldest Node.js that has them. */
const RUNNERS = [
  { runner: 'tsx', since: 18, args: [require.resolve('tsx/cli')] },
  { runner: 'tsx by --import', since: 20, args: ['--import', require.resolve('tsx')] },
  {
    runner: 'ts-node',
    since: 16,
    args: [require.resolve('ts-node/dist/bin'), '--transpileOnly', '--skipProject', '-O', COMPILER],
  },
  { runner: 'type stripping', since: 22, args: ['--no-warnings'] },
];

describe.each(NODE_VERSIONS)('a process on Node.js $version', ({ version, node }) => {
  let world: World;

  beforeAll(async () => {
    await ensureAgentBundle();
    world = await startWorld(version + 150);
  });
  afterAll(async () => {
    await world?.close();
  });

  const environment = (more: Record<string, string> = {}) =>
    agentEnvironment(world.plane, { ORDER_URL: world.orderUrl, FAIRWAY_LANE: 'gray', ...more });

  it.each(RUNNERS.filter(({ since }) => version >= since))('may be run by $runner', async ({ args }) => {
    expect(await run(node, [...args, 'typed/script.ts'], environment())).toEqual({
      stdout: 'order-gray\n',
      stderr: '',
      code: 0,
    });
  });

  it.each(['fork', 'fork without arguments of Node.js', 'spawn', 'exec', 'worker from text'])(
    'may be a child by %s',
    async (WAY) => {
      const { stdout, stderr, code } = await run(node, ['parent.cjs'], environment({ WAY }));
      expect([stderr, code]).toEqual(['', 0]);
      expect(JSON.parse(stdout)).toMatchObject({ at: 'order-gray', agent: { phase: expect.any(String) } });
    },
  );

  it('is told by Node.js itself when the file of the agent is missing or torn', async () => {
    const folder = newStateDir();
    const torn = `${folder}/torn.cjs`;
    const whole = readFileSync(AGENT_FILE, 'utf8');
    // Early in its one long line: Node.js shows the line before it says what is wrong, and a very long one drowns that.
    writeFileSync(torn, whole.slice(0, 2000));
    for (const [file, says] of [
      [`${folder}/missing.cjs`, 'Cannot find module'],
      [torn, 'SyntaxError'],
    ] as const) {
      const { stderr, code } = await run(node, ['script.cjs'], environment({ NODE_OPTIONS: `--require ${file}` }));
      expect(code).toBe(1);
      expect(stderr).toContain(says);
      expect(stderr).toContain(file);
    }
  });
});
