import type { TraceBook } from '@fairway/control';
import { durationMs, FairwayError, type HopReport, invalid, type RequestTrace } from '@fairway/model';
import type { ExportedHop } from '../export/otlp-spans.ts';
import { authorOf } from '../http/auth.ts';
import { heldFor } from '../http/held.ts';
import type { Route } from '../http/route.ts';
import { listOf, modelSchema, objectSchema, text, whole } from '../http/schema.ts';
import type { Link } from '../link/link.ts';
import { own } from '../link/link-routes.ts';
import type { Store } from '../store/store.ts';
import type { FollowSigner } from './follow-signer.ts';
import type { TraceWait } from './trace-wait.ts';

const MAX_REPORT_BYTES = 1024 * 1024;
const MIN_TTL_MS = 1_000;
const MAX_TTL_MS = 600_000;
const DEFAULT_TTL = '60s';
/** Headers that are good at the same time. */
const MAX_OPEN = 64;
/** Hops are told after their header is not good any more: a request may take as long as this. */
const GRACE_MS = 60_000;
const MAX_HOLD_MS = 5_000;
const MAX_LISTED = 200;
const DEFAULT_LISTED = 50;

export interface TraceRouteParts {
  readonly link: Link;
  readonly store: Store;
  readonly signer: FollowSigner;
  /** Of requests that are followed. */
  readonly book: TraceBook;
  /** Of others that agents wrote down. */
  readonly recent: TraceBook;
  /** They are sent on, where somebody collects them. */
  exported(hop: ExportedHop): void;
  readonly wait: TraceWait;
  readonly nowMs: () => number;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** Requests, hop by hop: one that an operator has followed, and those of which agents make spans. */
export function traceRoutes(parts: TraceRouteParts): Route[] {
  return [issueRoute(parts), followedRoute(parts), reportRoute(parts), tracesRoute(parts), traceRoute(parts)];
}

function issueRoute({ store, signer, book, nowMs }: TraceRouteParts): Route {
  return {
    method: 'POST',
    path: '/api/v1/follow',
    access: 'operator',
    summary:
      'Issues a header: a request that is sent with it is followed, hop by hop. Good for `ttl` (60s), 10m at most.',
    body: objectSchema({ 'ttl?': { type: 'string', maxLength: 16 }, 'reason?': text(1_024) }),
    answer: modelSchema('Following'),
    async handle(request) {
      const { ttl = DEFAULT_TTL, reason = null } = request.body as { ttl?: string; reason?: string };
      const ttlMs = ttlOf(ttl);
      if (book.open(nowMs()) >= MAX_OPEN)
        throw new FairwayError('FAIRWAY_RATE_LIMITED', `${MAX_OPEN} requests are followed already, the most allowed`);
      const following = signer.issue(ttlMs);
      const at = new Date(nowMs()).toISOString();
      await store.note({
        at,
        author: authorOf(request),
        action: 'follow-issued',
        target: following.id,
        revision: null,
        reason,
      });
      book.begin(following.id, nowMs() + ttlMs + GRACE_MS, nowMs());
      return following;
    },
  };
}

function ttlOf(ttl: string): number {
  const ms = /^[0-9]{1,7}(?:ms|s|m|h)$/.test(ttl) ? durationMs(ttl) : Number.NaN;
  if (ms >= MIN_TTL_MS && ms <= MAX_TTL_MS) return ms;
  throw invalid('the body', [{ path: 'ttl', found: JSON.stringify(ttl), expected: 'a time from 1s to 10m, as 60s' }]);
}

function followedRoute({ link, book, wait, stopping }: TraceRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/follow/:id',
    access: 'viewer',
    summary:
      'Tells of a followed request: all its hops as a tree. With `wait=complete` held until all told, at most 5 s.',
    query: objectSchema({ 'wait?': { type: 'string', enum: ['complete'] } }),
    answer: modelSchema('RequestTrace'),
    async handle(request, reply) {
      const { id } = request.params as { id: string };
      const read = () => traceIn(book, link, id);
      if (read().complete || (request.query as { wait?: string }).wait === undefined) return read();
      await wait.until(id, () => read().complete, heldFor(reply, MAX_HOLD_MS, stopping));
      return read();
    },
  };
}

function reportRoute({ link, book, recent, exported, wait, nowMs }: TraceRouteParts): Route {
  return {
    method: 'POST',
    path: '/agent/v1/hops',
    access: 'agent',
    summary: 'Tells what became of requests at an instance that are followed, or of which it makes spans.',
    body: modelSchema('HopReport'),
    bodyLimitBytes: MAX_REPORT_BYTES,
    handle(request) {
      const { instance, hops, dropped } = request.body as HopReport;
      own(link, request, instance);
      const { service, lane = '' } = link.fleet.instance(instance);
      const teller = { service, instance, lane };
      const now = nowMs();
      wait.changed(book.add(hops, teller, now, dropped));
      const others = hops.filter(({ trace }) => !book.has(trace));
      for (const { trace } of others) if (!recent.has(trace)) recent.begin(trace, now + GRACE_MS, now);
      recent.add(others, teller, now, dropped);
      for (const { agoMs, ...hop } of others) exported({ ...teller, hop, atMs: now - agoMs });
    },
  };
}

/** @throws FairwayError FAIRWAY_NOT_FOUND */
function traceIn(book: TraceBook, link: Link, id: string): RequestTrace {
  const trace = book.get(id, (instance) => link.fleet.directory.lease(instance)?.connected === true);
  if (trace) return trace;
  throw new FairwayError('FAIRWAY_NOT_FOUND', 'nothing is told of a request of this id, or it was too long ago');
}

interface TracesQuery {
  readonly service?: string;
  readonly lane?: string;
  readonly minDurationMs?: number;
  readonly error?: boolean;
  readonly limit?: number;
}

function tracesRoute({ recent }: TraceRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/traces',
    access: 'viewer',
    summary: 'Lists recent requests of which agents made spans, the latest first.',
    query: objectSchema({
      'service?': { ...text(192), description: 'one that it came to, in full' },
      'lane?': { type: 'string', maxLength: 63, description: 'lane of the request; base for none' },
      'minDurationMs?': { type: 'number', minimum: 0 },
      'error?': { type: 'boolean', description: 'whether something in it failed' },
      'limit?': whole(1, MAX_LISTED),
    }),
    answer: listOf(modelSchema('TraceSummary')),
    handle(request) {
      const { service, lane, minDurationMs, error, limit = DEFAULT_LISTED } = request.query as TracesQuery;
      const filter = { service, lane: lane === 'base' ? '' : lane, minMs: minDurationMs, isError: error, limit };
      return { items: recent.find(filter) };
    },
  };
}

function traceRoute({ recent, link }: TraceRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/traces/:id',
    access: 'viewer',
    summary: 'Tells of a recent request of which agents made spans: all its hops as a tree.',
    answer: modelSchema('RequestTrace'),
    handle: (request) => traceIn(recent, link, (request.params as { id: string }).id),
  };
}
