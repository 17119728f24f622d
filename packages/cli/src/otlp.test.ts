import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bed, cleanEnvironment, lineOf, makeBed, runFairway } from './testing/bed.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly metrics: readonly string[];
}

const received: Received[] = [];
const collector = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  const { resourceMetrics = [] } = JSON.parse(text);
  const scopes = resourceMetrics.flatMap(
    (one: { scopeMetrics: { metrics: { name: string }[] }[] }) => one.scopeMetrics,
  );
  const metrics = scopes.flatMap((scope: { metrics: { name: string }[] }) => scope.metrics.map(({ name }) => name));
  received.push({ path: String(request.url), headers: request.headers, metrics });
  response.end('{}');
});
let bed: Bed;
let dir: string;
let url: string;
beforeAll(async () => {
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  bed = await makeBed();
  dir = await mkdtemp(join(tmpdir(), 'fairway otlp '));
});
afterAll(async () => {
  await bed.close();
  collector.close();
  await rm(dir, { recursive: true, force: true });
});

it.each([
  ['the option', () => ['--otlp-endpoint', url], () => ({})],
  [
    'the environment',
    () => [],
    () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret' }),
  ],
])('metrics go to the collector that %s names, the last as it ends', async (name, words, env) => {
  received.length = 0;
  const child = bed.start(['up', '--port', '0', '--data-dir', join(dir, name), ...words()], env());
  await lineOf(child, /address +http/);
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  const [message] = received.filter(({ path }) => path === '/v1/metrics');
  expect(message?.metrics).toContain('fairway_agents_connected');
  expect(message?.headers['x-key']).toBe(name === 'the option' ? undefined : 'secret');
});

it('what is no URL is refused before anything is started', async () => {
  const { status, err } = await runFairway(
    dir,
    ['up', '--port', '0', '--otlp-endpoint', 'collector:4318'],
    cleanEnvironment(),
  );
  expect([status, err]).toEqual([2, 'fairway: --otlp-endpoint: found "collector:4318", expected an http(s) URL\n']);
});
