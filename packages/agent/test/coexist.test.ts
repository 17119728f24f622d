import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { AGENT_FILE, ensureAgentBundle } from '@fairway/agent';
import type { Instance } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import { type Backend, type Seen, startBackend } from './backend.ts';
import { CLIENT, type Collector, SERVER, startCollector } from './collector.ts';
import { namespaceResource } from './world.ts';

const resolve = createRequire(import.meta.url).resolve;

interface Tracer {
  readonly file: string;
  readonly environment: (collector: Collector) => Record<string, string>;
  /** Resolves once the spans of both hops arrived: each served a call and made one. `lane`: what is told on them; undefined: nothing. */
  readonly exported: (collector: Collector, trace: string, lane: string | undefined) => Promise<void>;
}

const TRACERS: Readonly<Record<string, Tracer>> = {
  OpenTelemetry: {
    file: resolve('@opentelemetry/auto-instrumentations-node/register'),
    environment: ({ url }) => ({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_NODE_RESOURCE_DETECTORS: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    }),
    exported: async (collector, trace, lane) => {
      const spans = await collector.spans(trace, 4);
      expect(spans.map(({ kind }) => kind).sort()).toEqual([SERVER, SERVER, CLIENT, CLIENT]);
      const told = spans.map(({ attributes }) => JSON.stringify(Object.entries(attributes).sort()));
      const expected = lane === undefined ? Array(4).fill({}) : toldOn(lane);
      expect(told.sort()).toEqual(expected.map((one) => JSON.stringify(Object.entries(one).sort())).sort());
    },
  },
  'dd-trace': {
    file: resolve('dd-trace/init'),
    environment: ({ url }) => ({
      DD_TRACE_AGENT_URL: url,
      DD_TRACE_STARTUP_LOGS: 'false',
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
      DD_REMOTE_CONFIGURATION_ENABLED: 'false',
    }),
    exported: (collector, trace) => collector.datadogSpans(trace, 4),
  },
};
/** What the spans of two hops tell of a lane in which only the last service has an instance. */
function toldOn(lane: string): Record<string, string>[] {
  const isBase = lane === 'base';
  const served = { 'fairway.lane': lane, 'fairway.reason': isBase ? 'base' : 'carried-unknown' };
  const toMiddle = {
    'fairway.lane': lane,
    'fairway.reason': isBase ? 'base' : 'fallback:base',
    'fairway.service': 'shop/middle',
    'fairway.instance': 'middle-base',
    'fairway.instance.lane': 'base',
  };
  const toOrder = {
    'fairway.lane': lane,
    'fairway.reason': isBase ? 'base' : 'lane',
    'fairway.service': 'shop/order',
    'fairway.instance': `order-${lane}`,
    'fairway.instance.lane': lane,
  };
  return [served, served, toMiddle, toOrder];
}

const ORDERS = {
  'loaded before the agent': (file: string) => `--require ${file} --require ${AGENT_FILE}`,
  'loaded after the agent': (file: string) => `--require ${AGENT_FILE} --require ${file}`,
};
const CASES = NODE_VERSIONS.filter(({ version }) => version === 22 || version === 24).flatMap(({ version, node }) =>
  Object.entries(TRACERS).flatMap(([name, tracer]) =>
    Object.entries(ORDERS).map(([order, options]) => ({ version, node, name, tracer, order, options })),
  ),
);

interface Relayed {
  readonly at: string;
  readonly headers: Seen['headers'];
  readonly next: Relayed;
}

let collector: Collector;
let backends: readonly Backend[];

beforeAll(async () => {
  await ensureAgentBundle();
  collector = await startCollector();
  const base = await startBackend('order-base', '127.0.60.1', 0);
  backends = [base, await startBackend('order-gray', '127.0.60.2', base.port)];
});
afterAll(async () => {
  await Promise.all([collector, ...(backends ?? [])].map((part) => part?.close()));
});

describe.each(CASES)('$name, $order, on Node.js $version', ({ node, tracer, options }) => {
  let plane: FakeControlPlane;
  let plain: readonly Application[];
  let governed: readonly Application[];

  const start = (more: Record<string, string | undefined>) =>
    startApplication(node, 'relay.cjs', { ...tracer.environment(collector), ...more });

  beforeAll(async () => {
    const known = new Map<string, string>();
    plane = await startFakeControlPlane('shop', (address) => known.get(address) ?? null);
    const [base, gray] = backends as [Backend, Backend];
    known.set(`order:${base.port}`, 'shop/order');
    const under = (service: string, next: string) => {
      const NODE_OPTIONS = options(tracer.file);
      return start({
        ...agentEnvironment(plane, { NODE_OPTIONS, FAIRWAY_SERVICE: service }),
        NAME: service,
        NEXT_URL: next,
      });
    };
    const NODE_OPTIONS = `--require ${tracer.file}`;
    const plainMiddle = await start({ NODE_OPTIONS, NAME: 'middle', NEXT_URL: `http://${base.host}:${base.port}` });
    const plainWeb = await start({ NODE_OPTIONS, NAME: 'web', NEXT_URL: `http://127.0.0.1:${plainMiddle.port}` });
    plain = [plainMiddle, plainWeb];
    const middle = await under('middle', `http://order:${base.port}`);
    known.set(`middle:${middle.port}`, 'shop/middle');
    const instance = (service: string, lane: string, host: string, port: number): Instance => ({
      id: `${service}-${lane || 'base'}`,
      service: `shop/${service}`,
      lane,
      host,
      ports: [port],
      state: 'ready',
    });
    // Where an application makes spans, the agent makes none, and leaves trace context to it.
    plane.setResources([namespaceResource({ traces: { percent: 100 } })]);
    plane.setInstances([
      instance('middle', '', '127.0.0.1', middle.port),
      instance('order', '', base.host, base.port),
      instance('order', 'gray', gray.host, gray.port),
    ]);
    governed = [middle, await under('web', `http://middle:${middle.port}`)];
    await plane.acknowledged('shop/middle');
    await plane.acknowledged('shop/web');
  });
  afterAll(async () => {
    await Promise.all([...(plain ?? []), ...(governed ?? [])].map((app) => app.stop()));
    await plane?.close();
  });

  it.each(['http', 'fetch'])('two hops by %s: right instances, the label, the trace of the caller', async (client) => {
    const traces = [1, 2, 3].map(() => randomBytes(16).toString('hex')) as [string, string, string];
    const ask = (apps: readonly Application[], id: string, lane: Record<string, string>) =>
      (apps[1] as Application).ask<Relayed>(`/?client=${client}`, {
        ...lane,
        headers: { traceparent: `00-${id}-00f067aa0ba902b7-01` },
      });
    const base = await ask(governed, traces[0], {});
    const gray = await ask(governed, traces[1], { lane: 'gray' });
    const without = await ask(plain, traces[2], {});
    expect([base, gray].map(({ at, next }) => [at, next.at, next.next.at])).toEqual([
      ['web', 'middle', 'order-base'],
      ['web', 'middle', 'order-gray'],
    ]);
    const lanesOf = ({ next }: Relayed) => [next, next.next].map(({ headers }) => headers['x-fairway-lane']);
    expect([lanesOf(base), lanesOf(gray)]).toEqual([
      [undefined, undefined],
      ['gray', 'gray'],
    ]);
    const traceOf = ({ next }: Relayed) =>
      [next, next.next].map(({ headers }) => headers['traceparent']?.split('-')[1]);
    expect([base, gray, without].map(traceOf)).toEqual(traces.map((id) => [id, id]));
    const isOurs = (header: string) => header === 'x-fairway-lane' || header === 'baggage';
    const headersOf = ({ next }: Relayed) =>
      [next, next.next].map(({ headers }) => Object.keys(headers).filter((header) => !isOurs(header)));
    expect(headersOf(gray)).toEqual(headersOf(without));
    await tracer.exported(collector, traces[0], 'base');
    await tracer.exported(collector, traces[1], 'gray');
    await tracer.exported(collector, traces[2], undefined);
    expect(plane.posts.filter(({ path }) => path === 'hops')).toEqual([]);
  });

  it('nothing more is written to stderr', () => {
    expect(governed.map((app) => app.stderr())).toEqual(plain.map((app) => app.stderr()));
  });
});
