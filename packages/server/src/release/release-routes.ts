import type { ReleaseOrder } from '@fairway/control';
import { type Release, resourceKey } from '@fairway/model';
import type { FastifyRequest } from 'fastify';
import { REASON } from '../api/wire-schema.ts';
import { authorOf } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { listOf, modelSchema, objectSchema, text, whole } from '../http/schema.ts';
import type { GatewayBook } from '../link/gateway-book.ts';
import { parseRelease } from './check-release.ts';
import type { ReleaseRunner } from './release-runner.ts';

const ONE = '/api/v1/releases/:namespace/:name';
const STATUS = modelSchema('ReleaseStatus');

/** Orders that take no more than a reason. */
const ORDERS: Readonly<Record<Exclude<ReleaseOrder['type'], 'jump'>, string>> = {
  approve: 'Lets a release go on that waits for approval.',
  pause: 'Holds a release: it takes no step forward. It still watches, and is rolled back where it must be.',
  resume: 'Lets a release that is held go on.',
  promote: 'Promotes a release without its other steps; of one that is being promoted: says that base is replaced.',
  abort: 'Rolls a release back: its lane is turned off everywhere.',
};

/** Releases: begun, looked at, told what to do. */
export function releaseRoutes(runner: ReleaseRunner, gateways: GatewayBook): Route[] {
  return [
    startRoute(runner),
    ...readRoutes(runner),
    ...Object.entries(ORDERS).map(([type, summary]) => orderRoute(runner, type as keyof typeof ORDERS, summary)),
    jumpRoute(runner),
    gatewayRoute(gateways),
  ];
}

function startRoute(runner: ReleaseRunner): Route {
  return {
    method: 'POST',
    path: '/api/v1/releases',
    access: 'admin',
    summary: 'Begins a release; with `dryRun` only checks it. It goes on by itself.',
    body: objectSchema({ release: modelSchema('Release'), 'dryRun?': { type: 'boolean' }, 'reason?': REASON }),
    answer: STATUS,
    handle(request) {
      const {
        release,
        dryRun = false,
        reason,
      } = request.body as { release: unknown; dryRun?: boolean; reason?: string };
      return runner.start(parseRelease(release), { author: authorOf(request), reason: reason ?? null, dryRun });
    },
  };
}

function readRoutes(runner: ReleaseRunner): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/releases',
      access: 'reader',
      summary: 'Lists releases, the latest first.',
      query: objectSchema({ 'namespace?': text(64) }),
      answer: listOf(STATUS),
      handle: (request) => ({ items: runner.list((request.query as { namespace?: string }).namespace) }),
    },
    {
      method: 'GET',
      path: ONE,
      access: 'reader',
      summary: 'Tells where a release stands, what it waits for, and what happened.',
      answer: STATUS,
      handle: (request) => runner.get(keyOf(request)),
    },
  ];
}

function orderRoute(runner: ReleaseRunner, type: keyof typeof ORDERS, summary: string): Route {
  return {
    method: 'POST',
    path: `${ONE}/${type}`,
    access: 'admin',
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
    access: 'admin',
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
    access: 'reader',
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
