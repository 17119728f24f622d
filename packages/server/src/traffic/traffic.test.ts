import { Latencies, type Topology } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { serve, type TestAgent, type Testbed } from '../testbed.ts';

/** So long ago that every agent has told. */
const AGO = { agoMs: 10_000, spanMs: 1000 };

function latencyOf(...values: number[]) {
  const latencies = new Latencies();
  for (const ms of values) latencies.add(ms);
  return { sumMs: values.reduce((sum, ms) => sum + ms, 0), buckets: latencies.pairs() };
}

const edge = (over = {}) => ({
  service: 'shop/order',
  instance: 'order-1',
  instanceLane: '',
  lane: '',
  endpoint: '/orders/:id',
  reason: 'base',
  outcomes: { '2xx': 2 },
  retried: 0,
  latency: latencyOf(10, 20),
  ...over,
});
const inbound = (over = {}) => ({
  lane: '',
  endpoint: '/orders/:id',
  outcomes: { '2xx': 1 },
  latency: latencyOf(5),
  ...over,
});

/** An agent of shop/web that calls shop/order. */
async function callerOf(bed: Testbed, id = 'web-1'): Promise<TestAgent> {
  const caller = await bed.streamingAgent(id, { service: 'shop/web' });
  await caller.subscribe('order:8080');
  return caller;
}

/** An event of the live stream of traffic. */
async function nextTopology(reader: ReadableStreamDefaultReader<string>): Promise<Topology> {
  let text = '';
  for (;;) {
    const { value = '', done } = await reader.read();
    text += value;
    const data = /event: traffic\ndata: (.*)\n\n/.exec(text)?.[1];
    if (data) return JSON.parse(data);
    if (done) throw new Error('the stream ended');
  }
}

describe('traffic', () => {
  it('tells who calls whom by lane, over time, by instance and by endpoint', async () => {
    const bed = await serve();
    const order = await bed.streamingAgent('order-1');
    await bed.streamingAgent('order-2', { lane: 'gray' });
    const caller = await callerOf(bed);
    const gray = edge({
      instance: 'order-2',
      instanceLane: 'gray',
      lane: 'gray',
      reason: 'lane',
      outcomes: { '5xx': 2 },
    });
    expect((await caller.traffic(1, { ...AGO, edges: [edge(), gray], inFlight: { 'shop/order': 3 } })).status).toBe(
      204,
    );
    const runtime = {
      cpu: 0.2,
      rssBytes: 1,
      heapBytes: 1,
      loopBusy: 0.1,
      loopDelayMaxMs: 2,
      loopDelayP99Ms: 1,
      gcMs: 0,
    };
    expect((await order.traffic(1, { ...AGO, inbound: [inbound()], runtime })).status).toBe(204);
    const { body } = await bed.call('GET', '/api/v1/traffic?namespace=shop');
    expect(body).toMatchObject({
      windowMs: 60_000,
      everyMs: 500,
      services: [
        { service: 'shop/order', instances: { '': 1, gray: 1 }, inFlight: 3 },
        { service: 'shop/web', instances: { '': 1 }, inFlight: 0 },
      ],
      nodes: [{ service: 'shop/order', lane: '', requests: 1 }],
      edges: [
        { from: 'shop/web', to: 'shop/order', lane: '', toLane: '', requests: 2, errorShare: 0 },
        { lane: 'gray', toLane: 'gray', requests: 2, errors: 2, errorShare: 1, reasons: { lane: 2 } },
      ],
    });
    expect((await bed.call('GET', '/api/v1/traffic?lane=gray&service=shop/order&window=5m')).body.edges).toHaveLength(
      1,
    );
    const series = await bed.call('GET', '/api/v1/traffic/series?from=shop/web&to=shop/order&step=1s');
    expect(series.body.lanes).toMatchObject({ '': [{ requests: 2 }], gray: [{ requests: 2 }] });
    const own = await bed.call('GET', '/api/v1/traffic/series?to=shop/order');
    expect(own.body).toMatchObject({ step: '10s', from: null, lanes: { '': [{ requests: 1 }] } });
    const detail = (await bed.call('GET', '/api/v1/traffic/service?service=shop/order')).body;
    expect(detail.instances).toMatchObject([
      { instance: 'order-1', runtime: { cpu: 0.2 }, requests: 2 },
      { instance: 'order-2', lane: 'gray', runtime: null },
    ]);
    expect(detail.endpoints).toMatchObject([{ endpoint: '/orders/:id', requests: 1 }]);
    for (const path of ['?window=8d', '?window=999h', '?window=10ms', '/series', '/service?service=a&window=6m'])
      expect((await bed.call('GET', `/api/v1/traffic${path}`)).status).toBe(400);
  });

  it('tells what has only just begun before all have told of that time, and each edge once', async () => {
    const bed = await serve();
    await bed.streamingAgent('order-1');
    const caller = await callerOf(bed);
    await caller.traffic(1, { ...AGO, edges: [edge()], inbound: [inbound()] });
    const now = { agoMs: 0, spanMs: 2 };
    await caller.traffic(2, {
      ...now,
      edges: [edge(), edge({ lane: 'gray', reason: 'fallback:base' })],
      inbound: [inbound()],
    });
    const { edges, nodes } = (await bed.call('GET', '/api/v1/traffic?namespace=shop')).body;
    expect(edges).toMatchObject([{ lane: '' }, { lane: 'gray', requests: 2, rate: 0.033 }]);
    expect(nodes).toMatchObject([{ service: 'shop/web', lane: '' }]);
  });

  it('counts a report once, and refuses what its reporter cannot know, naming the field', async () => {
    const bed = await serve();
    await bed.streamingAgent('order-1');
    await bed.streamingAgent('stock-1', { service: 'shop/stock' });
    const caller = await callerOf(bed);
    const refused = async (over: object) => {
      const { status, body } = await caller.traffic(1, { ...AGO, ...over });
      return [status, body.problems?.map(({ path }: { path: string }) => path)];
    };
    expect(await refused({ edges: [edge({ service: 'shop/stock' })] })).toEqual([400, ['edges[0].service']]);
    expect(await refused({ edges: [edge(), edge({ instance: 'stock-1' })] })).toEqual([400, ['edges[1].service']]);
    expect(await refused({ inFlight: { 'shop/stock': 1 } })).toEqual([400, ['inFlight']]);
    expect(await refused({ edges: [edge({ endpoint: '<b>\n' })] })).toEqual([400, ['edges[0].endpoint']]);
    expect(await refused({ edges: [edge({ lane: '<script>' })] })).toEqual([400, ['edges[0].lane']]);
    expect(await refused({ edges: [edge({ outcomes: { fine: 1 } })] })).toEqual([400, ['edges[0].outcomes.fine']]);
    expect(await refused({ inbound: Array(1025).fill(inbound()) })).toEqual([400, ['inbound']]);
    expect((await caller.traffic(1, { ...AGO, inbound: [inbound({ endpoint: `/${'x'.repeat(3e6)}` })] })).status).toBe(
      413,
    );
    const sent = { ...AGO, edges: [edge()] };
    for (const seq of [2, 2, 1]) expect((await caller.traffic(seq, sent)).status).toBe(204);
    const { edges } = (await bed.call('GET', '/api/v1/traffic')).body;
    expect(edges).toMatchObject([{ requests: 2 }]);
    const token = await bed.token('agent', 'bank');
    expect((await bed.call('POST', '/agent/v1/traffic', { version: 1, instance: 'web-1' }, { token })).status).toBe(
      400,
    );
  });

  it('has agents report each second while somebody watches the live stream', async () => {
    const bed = await serve();
    await bed.streamingAgent('order-1');
    const caller = await callerOf(bed);
    const watching = new AbortController();
    const response = await fetch(`${bed.url}/api/v1/traffic/stream?window=60s`, {
      headers: { authorization: `Bearer ${bed.admin}` },
      signal: watching.signal,
    });
    const stream = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream());
    const reader = stream.getReader();
    expect((await nextTopology(reader)).edges).toEqual([]);
    expect(await caller.paced(1)).toEqual([500]);
    const late = await bed.streamingAgent('web-2', { service: 'shop/web' });
    expect(await late.paced(1)).toEqual([500]);
    await caller.traffic(1, { agoMs: 2000, spanMs: 1000, edges: [edge()] });
    let seen = await nextTopology(reader);
    while (seen.edges.length === 0) seen = await nextTopology(reader);
    expect(seen).toMatchObject({ everyMs: 500, edges: [{ requests: 2 }] });
    watching.abort();
  });

  it('tells agents not to measure where it is switched off', async () => {
    const bed = await serve({ trafficEveryMs: 0 });
    const agent = await bed.streamingAgent('order-1');
    expect(await agent.paced(1)).toEqual([0]);
    expect((await bed.call('GET', '/api/v1/traffic')).body).toMatchObject({ everyMs: 0 });
  });
});
