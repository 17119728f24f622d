import { losses } from '@fairway/control';
import { durationMs, invalid, type LedgerReport } from '@fairway/model';
import { LOSSES } from '../api/wire-schema.ts';
import type { Route } from '../http/route.ts';
import { modelSchema, objectSchema, text } from '../http/schema.ts';
import type { Link } from '../link/link.ts';
import { own } from '../link/link-routes.ts';
import type { LossFilter, Store } from '../store/store.ts';
import { reportProblems } from './check-report.ts';
import type { LossBook } from './loss-book.ts';
import type { LossWriter } from './loss-writer.ts';

const MAX_REPORT_BYTES = 1024 * 1024;
const SINCE = '^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,3})?Z|[0-9]{1,7}(?:ms|s|m|h))$';
/** Lines that one answer is made of at most: the latest. */
const MAX_LINES = 50_000;

export interface LossRouteParts {
  readonly link: Link;
  readonly book: LossBook;
  readonly writer: LossWriter;
  readonly store: Store;
  readonly nowMs: () => number;
}

/** The loss ledger: what agents report, and what rollouts cost. */
export function lossRoutes(parts: LossRouteParts): Route[] {
  return [reportRoute(parts), lossRoute(parts)];
}

function reportRoute({ link, book, nowMs }: LossRouteParts): Route {
  return {
    method: 'POST',
    path: '/agent/v1/ledger',
    access: 'agent',
    summary: 'Tells what an agent saw of transitions. A report that is sent again counts once.',
    body: modelSchema('LedgerReport'),
    bodyLimitBytes: MAX_REPORT_BYTES,
    handle(request) {
      const report = request.body as LedgerReport;
      own(link, request, report.instance);
      const { fleet } = link;
      const instance = fleet.instance(report.instance);
      const { services } = fleet.subscription(instance.id);
      const problems = reportProblems(report, {
        instance,
        follows: (service) => services.has(service),
        get: (id) => fleet.directory.instances.get(id),
      });
      if (problems.length > 0) throw invalid('the report', problems);
      book.report(report, instance.service, nowMs());
    },
  };
}

function lossRoute({ writer, store, nowMs }: LossRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/losses',
    access: 'viewer',
    summary: 'Lists rollouts, newest first, with what each lost, where, in which phase, and who says so.',
    query: objectSchema({
      'namespace?': text(64),
      'service?': text(192),
      'release?': text(256),
      'since?': {
        type: 'string',
        pattern: SINCE,
        description: 'a time as 2026-01-31T12:00:00Z, or how long ago as 1h',
      },
    }),
    answer: LOSSES,
    async handle(request) {
      const { release, ...wanted } = request.query as Query;
      await writer.flush();
      const lines = await store.losses(filterOf(wanted, nowMs()));
      const { service } = wanted;
      const own = service === undefined ? lines : lines.filter((line) => isNamed(line.service, service));
      const { rollouts, outside } = losses(own);
      const items = rollouts.filter(({ releases }) => release === undefined || releases.includes(release));
      return { items, outside, truncated: lines.length === MAX_LINES };
    },
  };
}

interface Query {
  readonly namespace?: string;
  readonly service?: string;
  readonly release?: string;
  readonly since?: string;
}

function filterOf({ namespace, service, since }: Query, nowMs: number): LossFilter {
  const sinceMs = since === undefined ? 0 : since.endsWith('Z') ? Date.parse(since) : nowMs - durationMs(since);
  return { namespace, service: service?.includes('/') ? service : undefined, sinceMs, limit: MAX_LINES };
}

/** A service by its key, or by its name alone. */
function isNamed(service: string, name: string): boolean {
  return service === name || service.endsWith(`/${name}`);
}
