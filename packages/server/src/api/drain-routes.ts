import type { CallerStatus, Command } from '@fairway/model';
import type { FastifyRequest } from 'fastify';
import { authorOf } from '../http/auth.ts';
import { heldFor } from '../http/held.ts';
import type { Route } from '../http/route.ts';
import { objectSchema } from '../http/schema.ts';
import type { Link } from '../link/link.ts';
import type { Store } from '../store/store.ts';
import { namespaceOfInstance } from './switch-routes.ts';
import { COMMANDED, DRAINED, REASON } from './wire-schema.ts';

const ONE = '/api/v1/instances/:id';
const MAX_HOLD_MS = 5_000;
const REASON_QUERY = objectSchema({ 'reason?': REASON });

export interface DrainRouteParts {
  readonly link: Link;
  readonly store: Store;
  readonly nowMs: () => number;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** An operator has an instance leave the traffic, and come back. */
export function drainRoutes(parts: DrainRouteParts): Route[] {
  return [
    commandRoute(parts, 'drain', 'Tells an instance to leave the traffic without a loss. Its process goes on.'),
    commandRoute(parts, 'resume', 'Tells an instance that was drained to take traffic again.'),
    statusRoute(parts),
  ];
}

function commandRoute(parts: DrainRouteParts, kind: Command['kind'], what: string): Route {
  return {
    method: 'POST',
    path: `${ONE}/${kind}`,
    access: 'operator',
    summary: `${what} Told again with each new stream of its agent, until it is so.`,
    query: REASON_QUERY,
    answer: COMMANDED,
    scope: (request) => namespaceOfInstance(parts.link.fleet, (request.params as { id: string }).id),
    handle: (request) => command(parts, kind, request),
  };
}

async function command({ link, store, nowMs }: DrainRouteParts, kind: Command['kind'], request: FastifyRequest) {
  const { id } = request.params as { id: string };
  const { reason = null } = request.query as { reason?: string };
  link.fleet.instance(id);
  const action = kind === 'drain' ? 'instance-drained' : 'instance-resumed';
  const at = new Date(nowMs()).toISOString();
  await store.note({ at, author: authorOf(request), action, target: id, revision: null, reason });
  const instance = link.fleet.instance(id);
  link.commands.give(instance, kind);
  const { service, state } = instance;
  return { instance: id, service, command: kind, state, connected: link.fleet.directory.lease(id)?.connected === true };
}

function statusRoute({ link, stopping }: DrainRouteParts): Route {
  return {
    method: 'GET',
    path: `${ONE}/drain`,
    access: 'viewer',
    summary: 'Which callers of a draining instance know it; held until all do, at most 5 s.',
    answer: DRAINED,
    scope: (request) => namespaceOfInstance(link.fleet, (request.params as { id: string }).id),
    async handle(request, reply) {
      const { id } = request.params as { id: string };
      const { version: _, ...status }: CallerStatus = await link.callers.status(
        id,
        'draining',
        heldFor(reply, MAX_HOLD_MS, stopping),
      );
      return status;
    },
  };
}
