import { htmlOf, losses, markdownOf, type ReleaseOrder, releaseReport, servicesOf } from '@fairway/control';
import { namespaceOf, type Release, resourceKey } from '@fairway/model';
import type { FastifyRequest } from 'fastify';
import { REASON } from '../api/wire-schema.ts';
import { refuseForeign } from '../change/foreign.ts';
import { authorOf, boundTo } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { listOf, modelSchema, objectSchema, text, whole } from '../http/schema.ts';
import type { GatewayBook } from '../link/gateway-book.ts';
import type { LossWriter } from '../loss/loss-writer.ts';
import type { Store } from '../store/store.ts';
import type { Targets } from '../target/target.ts';
import { parseRelease } from './check-release.ts';
import type { ReleaseRunner } from './release-runner.ts';

const ONE = '/api/v1/releases/:namespace/:name';
/** Lines of the loss ledger that a report is made of at most. */
const MAX_LINES = 50_000;
const STATUS = modelSchema('ReleaseStatus');

/** Orders that take no more than a reason. */
const ORDERS: Readonly<Record<Exclude<ReleaseOrder['type'], 'jump'>, string>> = {
  approve: 'Lets a release go on that waits for approval.',
  pause: 'Holds a release: it takes no step forward. It still watches, and is rolled back where it must be.',
  resume: 'Lets a release that is held go on.',
  promote: 'Promotes a release without its other steps; of one that is being promoted: says that base is replaced.',
  abort: 'Rolls a release back: its lane is turned off everywhere.',
};

export interface ReleaseRouteParts {
  readonly runner: ReleaseRunner;
  readonly gateways: GatewayBook;
  readonly targets: Targets;
  readonly store: Store;
  readonly writer: LossWriter;
}

/** Releases: begun, looked at, told what to do, reported. */
export function releaseRoutes(parts: ReleaseRouteParts): Route[] {
  const { runner, gateways } = parts;
  return [
    startRoute(runner, parts.targets),
    ...readRoutes(runner),
    reportRoute(parts),
    ...Object.entries(ORDERS).map(([type, summary]) => orderRoute(runner, type as keyof typeof ORDERS, summary)),
    jumpRoute(runner),
    gatewayRoute(gateways),
  ];
}

function startRoute(runner: ReleaseRunner, targets: Targets): Route {
  return {
    method: 'POST',
    path: '/api/v1/releases',
    access: 'operator',
    summary: 'Begins a release; with `dryRun` only checks it. It goes on by itself.',
    body: objectSchema({ release: modelSchema('Release'), 'dryRun?': { type: 'boolean' }, 'reason?': REASON }),
    answer: STATUS,
    scope: (request) => namespaceOf(parseRelease((request.body as { release: unknown }).release, targets)),
    handle(request) {
      const {
        release,
        dryRun = false,
        reason,
      } = request.body as { release: unknown; dryRun?: boolean; reason?: string };
      const parsed = parseRelease(release, targets);
      const own = boundTo(request);
      if (own !== null) refuseForeign(parsed, own);
      return runner.start(parsed, {
        author: authorOf(request),
        reason: reason ?? null,
        dryRun,
      });
    },
  };
}

function readRoutes(runner: ReleaseRunner): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/releases',
      access: 'viewer',
      summary: 'Lists releases, the latest first.',
      query: objectSchema({ 'namespace?': text(64) }),
      answer: listOf(STATUS),
      handle: (request) => ({ items: runner.list((request.query as { namespace?: string }).namespace) }),
    },
    {
      method: 'GET',
      path: ONE,
      access: 'viewer',
      summary: 'Tells where a release stands, what it waits for, and what happened.',
      answer: STATUS,
      handle: (request) => runner.get(keyOf(request)),
    },
  ];
}

function reportRoute({ runner, store, writer }: ReleaseRouteParts): Route {
  return {
    method: 'GET',
    path: `${ONE}/report`,
    access: 'viewer',
    summary: 'Tells what a release did and why, with its numbers, as a page of its own or as Markdown.',
    query: objectSchema({ 'format?': { type: 'string', enum: ['html', 'markdown'] } }),
    answer: 'text',
    async handle(request, reply) {
      const status = runner.get(keyOf(request));
      const { namespace } = request.params as { namespace: string };
      const { startedMs, endedMs } = status.state;
      await writer.flush();
      const lines = await store.losses({ namespace, sinceMs: startedMs ?? 0, limit: MAX_LINES });
      const services = new Set(servicesOf(status.release));
      const own = lines.filter(({ service, atMs }) => services.has(service) && atMs <= (endedMs ?? atMs));
      const blocks = releaseReport(status, startedMs === null ? [] : losses(own).rollouts);
      const { format = 'html' } = request.query as { format?: 'html' | 'markdown' };
      reply.type(format === 'html' ? 'text/html; charset=utf-8' : 'text/markdown; charset=utf-8');
      return format === 'html' ? htmlOf(blocks) : markdownOf(blocks);
    },
  };
}

function orderRoute(runner: ReleaseRunner, type: keyof typeof ORDERS, summary: string): Route {
  return {
    method: 'POST',
    path: `${ONE}/${type}`,
    access: 'operator',
    summary,
    body: objectSchema({ 'reason?': REASON }),
    answer: STATUS,
    handle: (request) => runner.order(keyOf(request), { type }, signed(request)),
  };
}

function jumpRoute(runner: ReleaseRunner): Route {
  return {
    method: 'POST',
    path: `${ONE}/jump`,
    access: 'operator',
    summary: 'Takes a release to one of its steps, from 1 on, back or forth; with the traffic of that step first.',
    body: objectSchema({ to: whole(1, 1_000), 'reason?': REASON }),
    answer: STATUS,
    handle(request) {
      const { to } = request.body as { to: number };
      return runner.order(keyOf(request), { type: 'jump', to: to - 1 }, signed(request));
    },
  };
}

function gatewayRoute(gateways: GatewayBook): Route {
  return {
    method: 'POST',
    path: '/api/v1/gateways/:namespace/:name/applied',
    access: 'viewer',
    summary: 'Says which revision of resources a gateway has in force; to be said again within 15 s.',
    body: objectSchema({ process: text(64), revision: whole(0, 2_147_483_647) }),
    handle(request) {
      const { namespace, name } = request.params as { namespace: string; name: string };
      const { process, revision } = request.body as { process: string; revision: number };
      gateways.applied(`${namespace}/${name}`, process, revision);
    },
  };
}

function signed(request: FastifyRequest) {
  const { reason } = request.body as { reason?: string };
  return { author: authorOf(request), reason: reason ?? null };
}

function keyOf(request: FastifyRequest): string {
  const metadata = request.params as Release['metadata'];
  return resourceKey({ kind: 'Release', metadata });
}
