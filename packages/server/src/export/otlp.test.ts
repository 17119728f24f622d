import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve } from '../testbed.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
type Message = any;

/** A collector that keeps what it is sent, and answers with a status. */
async function startCollector(status = 200) {
  const received: {
    readonly path: string;
    readonly body: Message;
    readonly headers: NodeJS.Dict<string | string[]>;
  }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push({ path: String(request.url), body: JSON.parse(text), headers: request.headers });
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const of = (path: string) => received.filter((one) => one.path === path).map(({ body }) => body);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, of };
}

const trace = 'a'.repeat(32);
const hop = (id: string, over: object) => ({
  trace,
  id: id.padStart(16, '0'),
  method: 'GET',
  path: '/orders/1',
  lane: 'gray',
  steps: [],
  attempts: [],
  agoMs: 1_000,
  tookMs: 250,
  ...over,
});
const served = hop('1', { kind: 'served', reason: 'carried', outcome: '2xx', status: 200 });
const called = hop('2', {
  parent: '1'.padStart(16, '0'),
  kind: 'called',
  to: 'shop/order',
  reason: 'fallback:base',
  outcome: 'reset',
  attempts: [
    { instance: 'order-2', lane: '', afterMs: 0, tookMs: 5, outcome: 'refused' },
    { instance: 'order-1', lane: '', afterMs: 5, tookMs: 200, outcome: 'reset' },
  ],
});

const contentOf = ({ value }: Message) => Object.values(value)[0];
const attributesOf = ({ attributes }: Message) =>
  Object.fromEntries(attributes.map((one: Message) => [one.key, contentOf(one)]));

describe('a collector', () => {
  it('gets the spans of agents, with what was decided', async () => {
    const collector = await startCollector();
    const bed = await serve({ otlp: { endpoint: `${collector.url}/`, metricsEveryMs: 60_000 } });
    const web = await bed.streamingAgent('web-1', { service: 'shop/web', lane: 'gray' });
    await web.post('hops', { instance: 'web-1', hops: [served, called], dropped: 0 });
    await bed.close();
    const [{ resourceSpans }] = collector.of('/v1/traces');
    expect(resourceSpans.map(({ resource }: Message) => attributesOf(resource))).toEqual(
      resourceSpans.map(() => ({
        'service.name': 'web',
        'service.namespace': 'shop',
        'service.instance.id': 'web-1',
        'fairway.instance.lane': 'gray',
      })),
    );
    const spans = resourceSpans.flatMap((one: Message) => one.scopeSpans.flatMap((scope: Message) => scope.spans));
    expect(spans).toMatchObject([
      { traceId: trace, spanId: served.id, name: 'GET /orders/:id', kind: 2 },
      { traceId: trace, spanId: called.id, parentSpanId: served.id, kind: 3, status: { code: 2 } },
    ]);
    expect(Number(spans[0].endTimeUnixNano) - Number(spans[0].startTimeUnixNano)).toBeCloseTo(250e6, -5);
    expect(attributesOf(spans[1])).toEqual({
      'http.request.method': 'GET',
      'url.path': '/orders/1',
      'fairway.lane': 'gray',
      'fairway.reason': 'fallback:base',
      'fairway.outcome': 'reset',
      'fairway.service': 'shop/order',
      'fairway.instance': 'order-1',
      'fairway.instance.lane': 'base',
      'fairway.attempts': 2,
    });
  });

  it('gets the metrics that Prometheus would', async () => {
    const collector = await startCollector();
    const bed = await serve({ otlp: { endpoint: collector.url, metricsEveryMs: 60_000 } });
    const order = await bed.streamingAgent('order-1');
    const inbound = {
      endpoint: '/',
      lane: 'gray',
      outcomes: { '2xx': 3, '5xx': 1 },
      latency: { sumMs: 80, buckets: [500, 4] },
    };
    await order.traffic(1, { inbound: [inbound] });
    const page = await bed.text('/metrics');
    await bed.close();
    const [{ resourceMetrics }] = collector.of('/v1/metrics');
    const metrics = resourceMetrics.flatMap((one: Message) =>
      one.scopeMetrics.flatMap((scope: Message) => scope.metrics),
    );
    const named = (name: string) => metrics.find((metric: Message) => metric.name === name);
    const { sum } = named('fairway_served');
    expect(sum).toMatchObject({ aggregationTemporality: 2, isMonotonic: true });
    const counts = sum.dataPoints.map((point: Message) => [attributesOf(point), point.asDouble]);
    expect(counts).toEqual([
      [{ service: 'shop/order', lane: 'gray', outcome: '2xx' }, 3],
      [{ service: 'shop/order', lane: 'gray', outcome: '5xx' }, 1],
    ]);
    const { histogram, unit } = named('fairway_served_duration');
    const [point] = histogram.dataPoints;
    expect([unit, Number(point.count), point.sum]).toEqual(['s', 4, 0.08]);
    expect(point.bucketCounts.reduce((total: number, count: unknown) => total + Number(count), 0)).toBe(4);
    expect(named('fairway_agents_connected').gauge.dataPoints).toMatchObject([{ asDouble: 0 }]);
    const names = [...page.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) =>
      String(name).replace(/_(?:total|seconds)$/, ''),
    );
    // A metric without points is not sent.
    expect(names).toEqual(expect.arrayContaining(metrics.map(({ name }: Message) => name)));
  });

  it('that refuses, or is not there, is no trouble', async () => {
    const collector = await startCollector(400);
    for (const endpoint of [collector.url, 'http://127.0.0.1:1']) {
      const bed = await serve({ otlp: { endpoint, metricsEveryMs: 60_000 } });
      const web = await bed.streamingAgent('web-1', { service: 'shop/web' });
      expect((await web.post('hops', { instance: 'web-1', hops: [served], dropped: 0 })).status).toBe(204);
      expect((await bed.call('GET', '/readyz')).status).toBe(200);
      await bed.close();
    }
  });
});
