import {
  checkResource,
  FairwayError,
  invalid,
  KINDS,
  type Kind,
  namespaceOf,
  parseResource,
  type Resource,
} from '@fairway/model';
import type { FastifyRequest } from 'fastify';
import { type Draft, draftOf } from '../change/draft.ts';
import { refuseForeign } from '../change/foreign.ts';
import type { ApplyOptions, Ledger } from '../change/ledger.ts';
import type { RequestBook, Requested } from '../change/request-book.ts';
import { placed } from '../change/review.ts';
import { authorOf, boundTo, tokenOf } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { listOf, modelSchema, objectSchema, text, whole } from '../http/schema.ts';
import type { Page, Store } from '../store/store.ts';
import { APPLIED, APPLY, CHANGE, HISTORY, PAGE, REASON, STORED } from './wire-schema.ts';

const ONE = '/api/v1/resources/:namespace/:kind/:name';
const IF_MATCH = {
  'If-Match': 'The revision that the resource must have; otherwise 409.',
  'If-None-Match': '`*`: the resource must not be there; otherwise 409.',
};
const REASON_QUERY = objectSchema({ 'reason?': REASON });

/** Resources: read, changed one by one or many at once, their history, undo. */
export function resourceRoutes(ledger: Ledger, requests: RequestBook, store: Store): Route[] {
  return [...manyRoutes(ledger, requests), ...oneRoutes(ledger, requests), ...pastRoutes(ledger, requests, store)];
}

function manyRoutes(ledger: Ledger, requests: RequestBook): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/apply',
      access: 'operator',
      summary: 'Makes resources what is given, all or none. Answers once every agent that is connected was sent them.',
      body: APPLY,
      answer: APPLIED,
      scope: (request) => onlyNamespaceOf((request.body as { resources: unknown[] }).resources),
      handle(request) {
        const body = request.body as { resources: unknown[]; dryRun?: boolean; reason?: string };
        const drafts = draftsOf(body.resources);
        for (const { resource } of drafts) if (resource) admit(request, resource);
        return requests.apply(drafts, {
          ...signed(request, body.reason),
          dryRun: body.dryRun === true,
        });
      },
    },
    {
      method: 'GET',
      path: '/api/v1/resources',
      access: 'viewer',
      summary: 'Lists resources.',
      query: objectSchema({ 'namespace?': text(64), 'kind?': { type: 'string', enum: KINDS } }),
      answer: listOf(STORED),
      handle(request) {
        const { namespace, kind } = request.query as { namespace?: string; kind?: Kind };
        const prefix = namespace === undefined ? '' : `${namespace}/`;
        const items = ledger.list().filter(({ key }) => key.startsWith(prefix));
        return { items: kind === undefined ? items : items.filter(({ resource }) => resource.kind === kind) };
      },
    },
  ];
}

function oneRoutes(ledger: Ledger, requests: RequestBook): Route[] {
  return [
    {
      method: 'GET',
      path: ONE,
      access: 'viewer',
      summary: 'Reads a resource.',
      answer: STORED,
      handle: (request) => ledger.get(keyOf(request)),
    },
    {
      method: 'PUT',
      path: ONE,
      access: 'operator',
      summary: 'Creates or replaces a resource.',
      headers: IF_MATCH,
      query: REASON_QUERY,
      body: modelSchema('AnyResource'),
      answer: CHANGE,
      handle: (request) => changeOne(requests, request, namedByPath(request)),
    },
    {
      method: 'DELETE',
      path: ONE,
      access: 'operator',
      summary: 'Deletes a resource.',
      headers: IF_MATCH,
      query: REASON_QUERY,
      answer: CHANGE,
      handle(request) {
        admitKind(request, (request.params as { kind: string }).kind);
        const { key } = ledger.get(keyOf(request));
        return changeOne(requests, request, { key, resource: null, path: '' });
      },
    },
  ];
}

function pastRoutes(ledger: Ledger, requests: RequestBook, store: Store): Route[] {
  return [
    {
      method: 'GET',
      path: `${ONE}/history`,
      access: 'viewer',
      summary: 'Lists the changes of a resource, newest first; also of one that was deleted.',
      query: objectSchema(PAGE),
      answer: HISTORY,
      async handle(request) {
        const { limit = 100, ...page } = request.query as Partial<Page>;
        const items = await store.history(keyOf(request), { limit, ...page });
        if (items.length === 0 && page.before === undefined) ledger.get(keyOf(request));
        return { items };
      },
    },
    {
      method: 'POST',
      path: `${ONE}/undo`,
      access: 'operator',
      summary: 'Makes a resource what it was before its latest change, or after the change `to`.',
      headers: IF_MATCH,
      body: objectSchema({ 'to?': whole(1, 2_147_483_647), 'reason?': REASON }),
      answer: CHANGE,
      handle(request) {
        const { to, reason } = request.body as { to?: number; reason?: string };
        admitKind(request, (request.params as { kind: string }).kind);
        const options = { ...signed(request, reason), to, expected: ifMatch(request) };
        const { namespace } = request.params as { namespace: string };
        if (!requests.isProtected(namespace)) return ledger.undo(keyOf(request), options);
        return undoLater(ledger, requests, keyOf(request), options);
      },
    },
  ];
}

/** An undo that may wait for a second person. */
async function undoLater(
  ledger: Ledger,
  requests: RequestBook,
  key: string,
  { to, ...options }: ApplyOptions & { readonly to: number | undefined },
) {
  const { resource, reason } = await ledger.earlier(key, to);
  return oneOf(await requests.apply([{ key, resource, path: '' }], { ...options, reason: options.reason ?? reason }));
}

/** The change of a single resource. */
function oneOf({ changes, request }: Requested) {
  return { ...changes[0], ...(request === undefined ? {} : { request }) };
}

async function changeOne(requests: RequestBook, request: FastifyRequest, draft: Draft) {
  if (draft.resource) admit(request, draft.resource);
  const { reason } = request.query as { reason?: string };
  return oneOf(await requests.apply([draft], { ...signed(request, reason), expected: ifMatch(request) }));
}

/** Whether whoever asks may write a resource. @throws FairwayError FAIRWAY_FORBIDDEN */
export function admit(request: FastifyRequest, resource: Resource): void {
  admitKind(request, resource.kind);
  const own = boundTo(request);
  if (own !== null) refuseForeign(resource, own);
}

/** What holds for a whole namespace is for admins to say; its switch has a route of its own. @throws FairwayError FAIRWAY_FORBIDDEN */
export function admitKind(request: FastifyRequest, kind: string): void {
  if (kind !== 'Namespace' || tokenOf(request).role === 'admin') return;
  throw new FairwayError('FAIRWAY_FORBIDDEN', 'to change a Namespace resource takes a token of role admin');
}

/** The one namespace that resources are in; null: there are more, or what is given is no resource. */
function onlyNamespaceOf(resources: readonly unknown[]): string | null {
  const names = new Set(resources.map((one) => (checkResource(one).length > 0 ? null : namespaceOf(one as Resource))));
  const [first = null] = names;
  return names.size === 1 ? first : null;
}

function signed(request: FastifyRequest, reason: string | undefined): ApplyOptions {
  return { author: authorOf(request), reason: reason ?? null };
}

function keyOf(request: FastifyRequest): string {
  const { namespace, kind, name } = request.params as { namespace: string; kind: string; name: string };
  return `${namespace}/${kind}/${name}`;
}

function namedByPath(request: FastifyRequest): Draft {
  const draft = draftOf(parseResource(request.body));
  if (draft.key === keyOf(request)) return draft;
  const problem = { path: 'metadata.name', found: draft.key, expected: `what the path names, ${keyOf(request)}` };
  throw invalid('the resource', [problem]);
}

/** The drafts of a whole apply; every problem of every resource is told at once. */
function draftsOf(resources: readonly unknown[]): Draft[] {
  const problems = resources.flatMap((resource, index) =>
    checkResource(resource).map((problem) => placed(problem, `resources[${index}]`)),
  );
  if (problems.length > 0) throw invalid('the resources', problems);
  return resources.map((resource, index) => draftOf(resource as Resource, `resources[${index}]`));
}

/** The revision that it must have; null: it must not be there. */
function ifMatch(request: FastifyRequest): number | null | undefined {
  if (request.headers['if-none-match'] === '*') return null;
  const header = request.headers['if-match'];
  if (header === undefined) return undefined;
  const match = /^"?(\d{1,10})"?$/.exec(header);
  if (match) return Number(match[1]);
  throw new FairwayError('FAIRWAY_INVALID', 'If-Match: expected the revision of the resource, a number');
}
