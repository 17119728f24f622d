import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { ensureAgentBundle } from '@fairway/agent';
import { startFakeControlPlane } from '@fairway/testkit';
import { beforeAll, expect, it } from 'vitest';
import { agentEnvironment, NODE_VERSIONS } from './application.ts';
import { startLeaver } from './leaving.ts';

beforeAll(async () => {
  await ensureAgentBundle();
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
