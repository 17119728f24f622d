import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureAgentBundle } from '@fairway/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS, newStateDir, run } from './application.ts';
import { startWorld, type World } from './world.ts';

const PM2 = createRequire(import.meta.url).resolve('pm2/bin/pm2');
const SCRIPT = fileURLToPath(new URL('fixture/esm.mjs', import.meta.url));

describe.each(NODE_VERSIONS.filter(({ version }) => version >= 18))('pm2 on Node.js $version', ({ version, node }) => {
  const folder = newStateDir();
  let world: World;
  let environment: Record<string, string | undefined>;

  const pm2 = async (...args: string[]) => {
    const { code, stderr } = await run(node, [PM2, '--silent', ...args], environment);
    expect([stderr, code]).toEqual(['', 0]);
  };
  const app = (name: string, lane: string, more: object) => ({
    name,
    script: SCRIPT,
    env: { FAIRWAY_LANE: lane, FAIRWAY_INSTANCE: name },
    ...more,
  });
  const instances = (prefix: string) =>
    [...world.plane.registered.values()].filter(({ id, state }) => id.startsWith(prefix) && state === 'ready');
  const at = (port: number) =>
    new Promise((resolve, reject) => {
      const req = http.get({ host: '127.0.0.1', port, agent: false }, (res) => {
        res.setEncoding('utf8').once('data', (text) => resolve(JSON.parse(text)));
      });
      req.on('error', reject);
    });

  beforeAll(async () => {
    await ensureAgentBundle();
    world = await startWorld(version + 200);
    environment = agentEnvironment(world.plane, {
      FAIRWAY_SERVICE: undefined,
      ORDER_URL: world.orderUrl,
      PM2_HOME: folder,
      PATH: `${dirname(node)}:${process.env['PATH']}`,
    });
  });
  afterAll(async () => {
    await pm2('kill');
    await world?.close();
  });

  it('is left alone, and what it starts is governed by its own settings', async () => {
    const apps = [
      app('forked', '', { exec_mode: 'fork' }),
      app('clustered', 'gray', { exec_mode: 'cluster', instances: 2 }),
    ];
    writeFileSync(`${folder}/shop.config.json`, JSON.stringify({ apps }));
    await pm2('start', `${folder}/shop.config.json`);
    await world.plane.until('all are ready', () => instances('forked').length + instances('clustered').length === 3);
    const [forked, ...clustered] = [...instances('forked'), ...instances('clustered')];
    expect(forked).toMatchObject({ service: 'shop/agent', lane: '' });
    for (const one of clustered)
      expect(one).toMatchObject({ service: 'shop/agent', lane: 'gray', ports: clustered[0]?.ports });
    expect([...world.plane.registered.keys()].filter((id) => !/^(forked|clustered)-\d+$/.test(id))).toEqual([]);
    expect(await at(forked?.ports[0] ?? 0)).toBe('order-base');
    for (const _ of clustered) expect(await at(clustered[0]?.ports[0] ?? 0)).toBe('order-gray');
    expect(readFileSync(`${folder}/logs/forked-error.log`, 'utf8')).toBe('');
  });
});
