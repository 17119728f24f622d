import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { ensureAgentBundle } from '@fairway/agent';
import type { Instance } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS, run } from './application.ts';
import { expectDocumented } from './documented.ts';

/** Packages that are published with their tests, and which of those run here: none that needs what only their repository has. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  fastify: [
    'test/hooks-async.test.js',
    'test/hooks.on-ready.test.js',
    'test/reply-code.test.js',
    'test/reply-early-hints.test.js',
    'test/reply-error.test.js',
    'test/reply-media-type.test.js',
    'test/reply-trailers.test.js',
    'test/reply-web-stream-locked.test.js',
    'test/stream-serializers.test.js',
    'test/stream.1.test.js',
    'test/stream.3.test.js',
  ],
  '@fastify/reply-from': [
    'test/base-get.test.js',
    'test/full-{get-test,https-get,post,post-stream,post-stream-core,querystring,rewrite-body}.test.js',
    'test/get-upstream-{http,type,undici}.test.js',
    'test/http-{agents,global-agent,http2}.test.js',
  ],
  '@fastify/websocket': ['test/{base,hooks,router}.test.js'],
  'light-my-request': ['test/{async-await,bind-inject,request,response}.test.js'],
  'find-my-way': ['test/issue-1*.test.js'],
};
/** Those whose tests make calls over sockets: the agent has something to govern there. */
const LISTENING = new Set(['fastify', '@fastify/reply-from', '@fastify/websocket']);
/** For all tests of a package: they share the machine with ours. */
const LIMIT_MS = 120_000;
const reporter = fileURLToPath(new URL('fixture/outcome-reporter.mjs', import.meta.url));
const { node } = NODE_VERSIONS.find(({ version }) => version === 24) as (typeof NODE_VERSIONS)[number];

const failed = (line: string) => !line.startsWith('pass ');

async function outcomes(files: readonly string[], environment: Record<string, string | undefined>): Promise<string[]> {
  const args = ['--test', `--test-reporter=${reporter}`, '--test-reporter-destination=stdout', ...files];
  const own = { NODE_ENV: 'test', VITEST: undefined, ...environment };
  const { stdout, stderr, code } = await run(node, args, own, LIMIT_MS);
  if (code === null) throw new Error(`the tests took longer than ${LIMIT_MS} ms\n${stdout}${stderr}`);
  return stdout.trimEnd().split('\n').sort();
}

describe('tests that packages are published with end alike with and without the agent', () => {
  let plane: FakeControlPlane;
  const rows: string[] = [];
  const subscriptions = () => plane.posts.filter(({ path }) => path === 'subscriptions').length;

  beforeAll(async () => {
    await ensureAgentBundle();
    const known = new Set<string>();
    const instances: Instance[] = [];
    // Whatever listens on 127.0.0.1 is an instance of a service, so that calls to it are governed.
    plane = await startFakeControlPlane('shop', (address) => {
      const [host = '', port] = address.split(':');
      if (host !== '127.0.0.1') return null;
      if (!known.has(address)) {
        known.add(address);
        instances.push({
          id: `self-${port}`,
          service: 'shop/self',
          lane: '',
          host,
          ports: [Number(port)],
          state: 'ready',
        });
        plane.setInstances([...instances]);
      }
      return 'shop/self';
    });
  });
  afterAll(() => plane?.close());

  it.each(Object.entries(SUITES))('%s', { timeout: 4 * LIMIT_MS }, async (name, patterns) => {
    const cwd = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const files = globSync(patterns as string[], { cwd })
      .sort()
      .map((file) => `${cwd}/${file}`);
    const asked = subscriptions();
    const both = async () => ({
      without: await outcomes(files, {}),
      under: await outcomes(files, agentEnvironment(plane)),
    });
    let { without, under } = await both();
    // Some of their tests run against the clock. What the agent changes, it changes again.
    if (!isDeepStrictEqual(under, without) || without.some(failed)) ({ without, under } = await both());
    expect(under).toEqual(without);
    if (LISTENING.has(name)) expect(subscriptions()).toBeGreaterThan(asked);
    const { version } = JSON.parse(readFileSync(`${cwd}/package.json`, 'utf8')) as { version: string };
    expect(without.filter(failed)).toEqual([]);
    rows.push(`| ${name} ${version} | ${files.length} | ${without.length} | ${under.length} |`);
  });

  it('and stand in the documentation', () => {
    expect(rows).toHaveLength(Object.keys(SUITES).length);
    const head = ['| package | test files | pass without the agent | pass under the agent |', '|---|---|---|---|'];
    expectDocumented('third-party', [...head, ...rows]);
  });
});
