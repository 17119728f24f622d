import { TRAFFIC_LEVELS } from '@fairway/control';
import { type Metric, prometheusPage } from '@fairway/core';
import { invalid, namespaceOfService, TRAFFIC_STEPS, type TrafficReport, type TrafficStep } from '@fairway/model';
import { tokenOf } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { modelSchema, objectSchema, text } from '../http/schema.ts';
import type { Link } from '../link/link.ts';
import { own } from '../link/link-routes.ts';
import { trafficProblems } from './check-traffic.ts';
import type { Pacer } from './pacer.ts';
import type { TopologyQuery, TrafficBook } from './traffic-book.ts';
import type { TrafficFeed } from './traffic-feed.ts';
import { DURATION, MAX_WINDOW_MS, windowOf } from './window.ts';

const MAX_REPORT_BYTES = 2 * 1024 * 1024;
const MAX_DETAIL_MS = 300_000;
const DEFAULT_WINDOW = '60s';
/** Points of a series that is asked for without a time. */
const DEFAULT_POINTS = 120;

export interface TrafficRouteParts {
  readonly link: Link;
  readonly book: TrafficBook;
  readonly feed: TrafficFeed;
  readonly pacer: Pacer;
  /** An agent told of its traffic. */
  reported(): void;
  /** Totals for whoever collects them. */
  metrics(): readonly Metric[];
}

/** Traffic: what agents report, who calls whom, live and over time. */
export function trafficRoutes(parts: TrafficRouteParts): Route[] {
  return [
    reportRoute(parts),
    topologyRoute(parts),
    streamRoute(parts),
    seriesRoute(parts),
    detailRoute(parts),
    metricsRoute(parts),
  ];
}

function reportRoute({ link, book, reported }: TrafficRouteParts): Route {
  return {
    method: 'POST',
    path: '/agent/v1/traffic',
    access: 'agent',
    summary: 'Tells what traffic an agent saw. A report that is sent again counts once.',
    body: modelSchema('TrafficReport'),
    bodyLimitBytes: MAX_REPORT_BYTES,
    handle(request) {
      const report = request.body as TrafficReport;
      own(link, request, report.instance);
      const { fleet } = link;
      const instance = fleet.instance(report.instance);
      const { services } = fleet.subscription(instance.id);
      const problems = trafficProblems(report, {
        instance,
        follows: (service) => services.has(service),
        get: (id) => fleet.directory.instances.get(id),
      });
      if (problems.length > 0) throw invalid('the report', problems);
      book.report(report, instance.service);
      reported();
    },
  };
}

const TOPOLOGY_QUERY = objectSchema({
  'namespace?': text(64),
  'service?': text(192),
  'lane?': { type: 'string', maxLength: 63, description: 'lane of the calls; base for none' },
  'window?': DURATION,
});

function topologyRoute({ book, pacer }: TrafficRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/traffic',
    access: 'viewer',
    summary: 'Tells who calls whom, by lane: rate, errors and latencies over a window (60s) up to 7 days.',
    query: TOPOLOGY_QUERY,
    answer: modelSchema('Topology'),
    handle(request) {
      pacer.watched();
      return book.topology(topologyQuery(request.query as TrafficQuery));
    },
  };
}

function streamRoute({ feed }: TrafficRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/traffic/stream',
    access: 'viewer',
    summary:
      'Tells the same each second: event `traffic`, data as of GET /api/v1/traffic. Agents report twice a second meanwhile.',
    query: TOPOLOGY_QUERY,
    answer: 'stream',
    handle(request, reply) {
      const query = topologyQuery(request.query as TrafficQuery);
      feed.admit();
      reply.hijack();
      feed.open(tokenOf(request).id, query, reply.raw);
    },
  };
}

function seriesRoute({ book, pacer }: TrafficRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/traffic/series',
    access: 'viewer',
    summary:
      'Tells traffic over time, by lane: of calls from a service to another, or without `from` of all that came to one.',
    query: objectSchema({
      'from?': text(192),
      to: text(192),
      'step?': { type: 'string', enum: [...TRAFFIC_STEPS] },
      'window?': DURATION,
    }),
    answer: modelSchema('TrafficSeries'),
    scope: (request) => namespaceOfService((request.query as SeriesQuery).to),
    handle(request) {
      const { from = null, to, step = '10s', window } = request.query as SeriesQuery;
      pacer.watched();
      const { stepMs, keepMs } = TRAFFIC_LEVELS[step];
      const windowMs = window === undefined ? DEFAULT_POINTS * stepMs : windowOf(window, keepMs);
      return book.rollup.series(from, to, step, book.window(windowMs));
    },
  };
}

function detailRoute({ book, pacer }: TrafficRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/traffic/service',
    access: 'viewer',
    summary: 'Tells what came to each instance and to each endpoint of a service, over a window (60s) up to 5 minutes.',
    query: objectSchema({ service: text(192), 'window?': DURATION }),
    answer: modelSchema('ServiceTrafficDetail'),
    scope: (request) => namespaceOfService((request.query as { service: string }).service),
    handle(request) {
      const { service, window = DEFAULT_WINDOW } = request.query as { service: string; window?: string };
      pacer.watched();
      return book.detail(service, windowOf(window, MAX_DETAIL_MS));
    },
  };
}

function metricsRoute({ metrics }: TrafficRouteParts): Route {
  return {
    method: 'GET',
    path: '/metrics',
    access: 'viewer',
    summary: 'Totals for Prometheus, in its text format.',
    answer: 'text',
    handle(_request, reply) {
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(prometheusPage(metrics()));
    },
  };
}

interface TrafficQuery {
  readonly namespace?: string;
  readonly service?: string;
  readonly lane?: string;
  readonly window?: string;
}

interface SeriesQuery {
  readonly from?: string;
  readonly to: string;
  readonly step?: TrafficStep;
  readonly window?: string;
}

function topologyQuery({ namespace, service, lane, window = DEFAULT_WINDOW }: TrafficQuery): TopologyQuery {
  const windowMs = windowOf(window, MAX_WINDOW_MS);
  return { namespace, service, lane: lane === 'base' ? '' : lane, windowMs };
}
