import { checkResource, FairwayError, invalid, KINDS, type Kind, parseResource, type Resource } from '@fairway/model';
import type { FastifyRequest } from 'fastify';
import { type Draft, draftOf } from '../change/draft.ts';
import type { ApplyOptions, Ledger } from '../change/ledger.ts';
import { placed } from '../change/review.ts';
import { authorOf } from '../http/auth.ts';
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
export function resourceRoutes(ledger: Ledger, store: Store): Route[] {
  return [...manyRoutes(ledger), ...oneRoutes(ledger), ...pastRoutes(ledger, store)];
}

function manyRoutes(ledger: Ledger): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/apply',
      access: 'admin',
      summary: 'Makes resources what is given, all or none. Answers once every agent that is connected was sent them.',
      body: APPLY,
      answer: APPLIED,
      handle(request) {
        const body = request.body as { resources: unknown[]; dryRun?: boolean; reason?: string };
        return ledger.apply(draftsOf(body.resources), {
          ...signed(request, body.reason),
          dryRun: body.dryRun === true,
        });
      },
    },
    {
      method: 'GET',
      path: '/api/v1/resources',
      access: 'reader',
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

function oneRoutes(ledger: Ledger): Route[] {
  return [
    {
      method: 'GET',
      path: ONE,
      access: 'reader',
      summary: 'Reads a resource.',
      answer: STORED,
      handle: (request) => ledger.get(keyOf(request)),
    },
    {
      method: 'PUT',
      path: ONE,
      access: 'admin',
      summary: 'Creates or replaces a resource.',
      headers: IF_MATCH,
      query: REASON_QUERY,
      body: modelSchema('AnyResource'),
      answer: CHANGE,
      handle: (request) => changeOne(ledger, request, namedByPath(request)),
    },
    {
      method: 'DELETE',
      path: ONE,
      access: 'admin',
      summary: 'Deletes a resource.',
      headers: IF_MATCH,
      query: REASON_QUERY,
      answer: CHANGE,
      handle(request) {
        const { key } = ledger.get(keyOf(request));
        return changeOne(ledger, request, { key, resource: null, path: '' });
      },
    },
  ];
}

function pastRoutes(ledger: Ledger, store: Store): Route[] {
  return [
    {
      method: 'GET',
      path: `${ONE}/history`,
      access: 'reader',
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
      access: 'admin',
      summary: 'Makes a resource what it was before its latest change, or after the change `to`.',
      headers: IF_MATCH,
      body: objectSchema({ 'to?': whole(1, 2_147_483_647), 'reason?': REASON }),
      answer: CHANGE,
      handle(request) {
        const { to, reason } = request.body as { to?: number; reason?: string };
        return ledger.undo(keyOf(request), { ...signed(request, reason), to, expected: ifMatch(request) });
      },
    },
  ];
}

async function changeOne(ledger: Ledger, request: FastifyRequest, draft: Draft) {
  const { reason } = request.query as { reason?: string };
  const { changes } = await ledger.apply([draft], { ...signed(request, reason), expected: ifMatch(request) });
  return changes[0];
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
