import {
  DIAGNOSIS_KINDS,
  type DiagnosisKind,
  type DiagnosisReport,
  MAX_DIAGNOSIS_SECONDS,
  namespaceOfService,
} from '@fairway/model';
import { REASON } from '../api/wire-schema.ts';
import { authorOf, boundTo } from '../http/auth.ts';
import { heldFor } from '../http/held.ts';
import type { Route } from '../http/route.ts';
import { type JsonSchema, listOf, modelSchema, nullable, objectSchema, text, whole } from '../http/schema.ts';
import type { Link } from '../link/link.ts';
import { own } from '../link/link-routes.ts';
import type { Store } from '../store/store.ts';
import type { Diagnosis, DiagnosisBook } from './diagnosis-book.ts';

const MAX_REPORT_BYTES = 10 * 1024 * 1024;
const MAX_HOLD_MS = 5_000;
const DEFAULT_SECONDS = 5;

export interface DiagnosisRouteParts {
  readonly link: Link;
  readonly book: DiagnosisBook;
  readonly store: Store;
  readonly nowMs: () => number;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

const KIND: JsonSchema = { type: 'string', enum: [...DIAGNOSIS_KINDS] };
const summary = {
  id: text(64),
  instance: text(128),
  service: text(192),
  kind: KIND,
  seconds: whole(1, MAX_DIAGNOSIS_SECONDS),
  author: text(256),
  startedAt: { type: 'string', format: 'date-time' },
  state: { type: 'string', enum: ['running', 'done', 'refused', 'lost'] },
  why: nullable(text(256)),
};
const SUMMARY = objectSchema(summary);
const WHOLE = objectSchema({ ...summary, findings: nullable(modelSchema('Findings')) });

/** What goes on inside of an instance. All of it wants an operator: it shows what an application is made of. */
export function diagnosisRoutes(parts: DiagnosisRouteParts): Route[] {
  return [startRoute(parts), resultRoute(parts), listRoute(parts), reportRoute(parts)];
}

function startRoute(parts: DiagnosisRouteParts): Route {
  return {
    method: 'POST',
    path: '/api/v1/instances/:id/diagnoses',
    access: 'operator',
    summary: `Looks into an instance for some seconds (${DEFAULT_SECONDS}). Kept in the audit log. The instance refuses when it is overloaded.`,
    body: objectSchema({ kind: KIND, 'seconds?': whole(1, MAX_DIAGNOSIS_SECONDS), 'reason?': REASON }),
    answer: SUMMARY,
    scope: (request) => namespaceOfService(parts.link.fleet.instance((request.params as { id: string }).id).service),
    async handle(request) {
      const { id } = request.params as { id: string };
      const { kind, seconds = DEFAULT_SECONDS, reason = null } = request.body as Wanted;
      const { service } = parts.link.fleet.instance(id);
      const author = authorOf(request);
      const at = new Date(parts.nowMs()).toISOString();
      const target = `${id} ${kind} ${seconds} s`;
      await parts.store.note({ at, author, action: 'instance-diagnosed', target, revision: null, reason });
      return summaryOf(parts.book.start({ instance: id, service, kind, seconds, author }));
    },
  };
}

interface Wanted {
  readonly kind: DiagnosisKind;
  readonly seconds?: number;
  readonly reason?: string;
}

function resultRoute({ book, stopping }: DiagnosisRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/diagnoses/:id',
    access: 'operator',
    summary: 'What a diagnosis found; held until it is done, at most 5 s. Kept for 15 minutes.',
    answer: WHOLE,
    scope: (request) => namespaceOfService(book.get((request.params as { id: string }).id).service),
    async handle(request, reply) {
      const { id } = request.params as { id: string };
      book.tick();
      const diagnosis = await book.settled(id, heldFor(reply, MAX_HOLD_MS, stopping));
      return { ...summaryOf(diagnosis), findings: diagnosis.findings };
    },
  };
}

function listRoute({ book }: DiagnosisRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/diagnoses',
    access: 'operator',
    summary: 'Lists the diagnoses of the last 15 minutes, the latest first, without what they found.',
    query: objectSchema({ 'instance?': text(128) }),
    answer: listOf(SUMMARY),
    scope: boundTo,
    handle(request) {
      const { instance } = request.query as { instance?: string };
      const own = boundTo(request);
      const items = book.list(instance).filter(({ service }) => own === null || namespaceOfService(service) === own);
      return { items: items.map(summaryOf) };
    },
  };
}

function reportRoute({ link, book }: DiagnosisRouteParts): Route {
  return {
    method: 'POST',
    path: '/agent/v1/diagnoses',
    access: 'agent',
    summary: 'Tells what a diagnosis found, or why it was not made. What was not asked for is passed over.',
    body: modelSchema('DiagnosisReport'),
    bodyLimitBytes: MAX_REPORT_BYTES,
    handle(request) {
      const report = request.body as DiagnosisReport;
      own(link, request, report.instance);
      book.report(report, Number(request.headers['content-length'] ?? MAX_REPORT_BYTES));
    },
  };
}

function summaryOf({ id, instance, service, kind, seconds, author, startedMs, state, why }: Diagnosis) {
  return { id, instance, service, kind, seconds, author, startedAt: new Date(startedMs).toISOString(), state, why };
}
