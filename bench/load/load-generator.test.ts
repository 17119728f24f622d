import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { LoadGenerator } from './load-generator.ts';

let generator: LoadGenerator;

beforeAll(async () => {
  generator = await LoadGenerator.start();
});
afterAll(() => generator?.stop());

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function answer(response: ServerResponse, status = 200): void {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end('done');
}

it('sends each request of the schedule once, with the headers', async () => {
  let served = 0;
  const url = await serve((request, response) => {
    if (request.headers['x-fairway-lane'] === 'gray') served++;
    answer(response);
  });
  const order = { url, headers: { 'x-fairway-lane': 'gray' }, perSecond: 1000, seconds: 0.5, connections: 8 };
  const outcome = await generator.atRate(order);
  expect([served, outcome.requests, outcome.failed]).toEqual([500, 500, 0]);
  expect(outcome.p50Micros).toBeLessThanOrEqual(outcome.p99Micros);
});

it('waits for no answer before it sends what is due, as long as a connection is free', async () => {
  const held: ServerResponse[] = [];
  const url = await serve((_request, response) => {
    held.push(response);
    if (held.length === 32) for (const response of held.splice(0)) answer(response);
  });
  const outcome = await generator.atRate({ url, headers: {}, perSecond: 1000, seconds: 0.32, connections: 32 });
  expect([outcome.requests, outcome.failed]).toEqual([320, 0]);
  expect(outcome.maxMicros).toBeGreaterThanOrEqual(31_000);
});

it('counts the time that a request waits for a connection', async () => {
  let served = 0;
  const url = await serve((_request, response) => {
    if (++served > 1) answer(response);
    else setTimeout(() => answer(response), 300);
  });
  const outcome = await generator.atRate({ url, headers: {}, perSecond: 1000, seconds: 0.1, connections: 1 });
  expect([outcome.requests, outcome.failed]).toEqual([100, 0]);
  expect(outcome.p50Micros).toBeGreaterThanOrEqual(150_000);
});

it('counts other answers and broken connections as failed', async () => {
  let served = 0;
  const url = await serve((request, response) => {
    served++;
    if (served === 50) request.socket.destroy();
    else answer(response, served % 2 === 0 ? 200 : 503);
  });
  const outcome = await generator.atRate({ url, headers: {}, perSecond: 1000, seconds: 0.1, connections: 1 });
  expect(outcome.failed).toBe(25 + 1 + 50);
});

it('sends as many requests as ordered, the targets in turn', async () => {
  const seen = new Map<string, number>();
  const url = await serve((request, response) => {
    const lane = String(request.headers['x-fairway-lane']);
    seen.set(lane, (seen.get(lane) ?? 0) + 1);
    answer(response, lane === 'blue' ? 503 : 200);
  });
  const targets = ['gray', 'blue', 'red'].map((lane) => ({ url, headers: { 'x-fairway-lane': lane } }));
  const outcome = await generator.count({ targets, requests: 999, connections: 7 });
  expect(outcome).toEqual({ requests: 999, failed: 333 });
  expect(seen).toEqual(new Map(targets.map(({ headers }) => [headers['x-fairway-lane'], 333])));
});
