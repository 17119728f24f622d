import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { ensureAgentBundle } from '@fairway/agent';
import type { Resource } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';
import { beforeAll, expect, it, vi } from 'vitest';
import { agentEnvironment, NODE_VERSIONS } from './application.ts';
import { freePort, startLeaver } from './leaving.ts';

beforeAll(async () => {
  await ensureAgentBundle();
});

/** An instance with an admin port, and a probe of its readiness. */
async function startProbed(plane: FakeControlPlane) {
  const adminPort = await freePort();
  const env = agentEnvironment(plane, { FAIRWAY_INSTANCE: 'one', FAIRWAY_ADMIN_PORT: String(adminPort) });
  const { child } = await startLeaver(process.execPath, env);
  await plane.until('it is ready', ({ registered }) => registered.get('one')?.state === 'ready');
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/ready`);
    const told = { status: answer.status, ...((await answer.json()) as object) };
    if (answer.ok) child.kill('SIGKILL');
    return told;
  };
}

function comingBy(spec: object): Resource {
  const metadata = { name: 'come', namespace: 'shop' };
  return { apiVersion: 'fairway.dev/v1', kind: 'Policy', metadata, spec: { services: ['web'], ...spec } } as Resource;
}

it('an instance tells a probe that it is ready once its callers know it', async () => {
  const plane = await startFakeControlPlane('shop', () => null);
  plane.setCallers({ callers: 2, acknowledged: 1 });
  const probe = await startProbed(plane);
  const late = { status: 503, ready: false, why: 'not known to 1 of its callers' };
  await vi.waitFor(async () => expect(await probe()).toEqual(late));
  plane.setCallers({ callers: 2, acknowledged: 2 });
  await vi.waitFor(async () => expect(await probe()).toEqual({ status: 200, ready: true }), 5000);
  await plane.close();
});

it('an instance tells a probe that it is ready once it is warm, where a policy says so', async () => {
  const plane = await startFakeControlPlane('shop', () => null);
  plane.setCallers({ callers: 0, acknowledged: 0 });
  plane.setResources([comingBy({ warmup: { duration: '3s' }, lossless: { online: { whenWarm: true } } })]);
  const probe = await startProbed(plane);
  await vi.waitFor(async () => expect(await probe()).toEqual({ status: 503, ready: false, why: 'not warm' }));
  await vi.waitFor(async () => expect(await probe()).toEqual({ status: 200, ready: true }), 10_000);
  await plane.close();
});

it.each(NODE_VERSIONS)('Node.js $version: an instance is ready once its health URL answers', async ({ node }) => {
  const plane = await startFakeControlPlane('shop', () => null);
  plane.setResources([comingBy({ lossless: { online: { health: '/health', delay: '10ms' } } })]);
  const { port, child } = await startLeaver(node, agentEnvironment(plane, { FAIRWAY_INSTANCE: 'one' }), 'healthy.cjs');
  await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  await plane.acknowledged('shop/web');
  expect(plane.registered.get('one')).toMatchObject({ state: 'starting', ports: [port] });
  http.get({ host: '127.0.0.1', port, path: '/be-well', agent: false }, (res) => res.resume());
  await plane.until('it is ready', ({ registered }) => registered.get('one')?.state === 'ready');
  child.kill('SIGKILL');
  await plane.close();
});
