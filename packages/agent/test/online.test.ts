import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { ensureAgentBundle } from '@fairway/agent';
import { startFakeControlPlane } from '@fairway/testkit';
import { beforeAll, expect, it, vi } from 'vitest';
import { agentEnvironment, NODE_VERSIONS } from './application.ts';
import { freePort, startLeaver } from './leaving.ts';

beforeAll(async () => {
  await ensureAgentBundle();
});

it('an instance tells a probe that it is ready once its callers know it', async () => {
  const [{ node } = { node: process.execPath }] = NODE_VERSIONS.slice(-1);
  const plane = await startFakeControlPlane('shop', () => null);
  plane.setCallers({ callers: 2, acknowledged: 1 });
  const adminPort = await freePort();
  const env = agentEnvironment(plane, { FAIRWAY_INSTANCE: 'one', FAIRWAY_ADMIN_PORT: String(adminPort) });
  const { child } = await startLeaver(node, env, 'leaving.cjs');
  await plane.until('it is ready', ({ registered }) => registered.get('one')?.state === 'ready');
  const probe = async () => {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/ready`);
    return { status: answer.status, ...((await answer.json()) as object) };
  };
  await vi.waitFor(async () =>
    expect(await probe()).toEqual({ status: 503, ready: false, why: 'not known to 1 of its callers' }),
  );
  plane.setCallers({ callers: 2, acknowledged: 2 });
  await vi.waitFor(async () => expect(await probe()).toEqual({ status: 200, ready: true }), 5000);
  child.kill('SIGKILL');
  await plane.close();
});

it.each(NODE_VERSIONS)('Node.js $version: an instance is ready once its health URL answers', async ({ node }) => {
  const plane = await startFakeControlPlane('shop', () => null);
  const lossless = { online: { health: '/health', delay: '10ms' } };
  plane.setResources([
    {
      apiVersion: 'fairway.dev/v1',
      kind: 'Policy',
      metadata: { name: 'come', namespace: 'shop' },
      spec: { services: ['web'], lossless },
    },
  ]);
  const { port, child } = await startLeaver(node, agentEnvironment(plane, { FAIRWAY_INSTANCE: 'one' }), 'healthy.cjs');
  await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  await plane.acknowledged('shop/web');
  expect(plane.registered.get('one')).toMatchObject({ state: 'starting', ports: [port] });
  http.get({ host: '127.0.0.1', port, path: '/be-well', agent: false }, (res) => res.resume());
  await plane.until('it is ready', ({ registered }) => registered.get('one')?.state === 'ready');
  child.kill('SIGKILL');
  await plane.close();
});
