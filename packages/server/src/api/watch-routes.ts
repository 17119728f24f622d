import { invalid } from '@fairway/model';
import type { Ledger } from '../change/ledger.ts';
import { boundTo, tokenOf } from '../http/auth.ts';
import { heldFor } from '../http/held.ts';
import type { Route } from '../http/route.ts';
import { objectSchema, text, whole } from '../http/schema.ts';
import type { PropagationBook } from '../link/propagation.ts';
import type { Page, Store } from '../store/store.ts';
import type { EventFeed } from './event-feed.ts';
import { AUDIT, PAGE, PROPAGATION } from './wire-schema.ts';

const MAX_WAIT_MS = 30_000;

export interface WatchRouteParts {
  readonly ledger: Ledger;
  readonly propagation: PropagationBook;
  readonly feed: EventFeed;
  readonly store: Store;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** What happens, and how far it got. */
export function watchRoutes(parts: WatchRouteParts): Route[] {
  return [propagationRoute(parts), eventRoute(parts), auditRoute(parts)];
}

function propagationRoute({ ledger, propagation, stopping }: WatchRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/propagation',
    access: 'viewer',
    summary: 'Waits until every connected agent has acknowledged a revision of resources, or the time is up.',
    query: objectSchema({
      revision: whole(0, 2_147_483_647),
      'namespace?': text(64),
      'timeoutMs?': whole(0, MAX_WAIT_MS),
    }),
    answer: PROPAGATION,
    handle(request, reply) {
      const {
        revision,
        namespace,
        timeoutMs = MAX_WAIT_MS,
      } = request.query as {
        revision: number;
        namespace?: string;
        timeoutMs?: number;
      };
      if (revision > ledger.revision) {
        const expected = `at most ${ledger.revision}, the latest`;
        throw invalid('the query', [{ path: 'revision', found: String(revision), expected }]);
      }
      return propagation.wait(revision, namespace, heldFor(reply, timeoutMs, stopping));
    },
  };
}

function eventRoute({ feed }: WatchRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/events',
    access: 'viewer',
    summary:
      'Tells of each change as it happens: event `change`, data {revision, type: resource|instance|release, key}.',
    answer: 'stream',
    scope: boundTo,
    handle(request, reply) {
      reply.hijack();
      feed.open({ token: tokenOf(request).id, namespace: boundTo(request) }, reply.raw);
    },
  };
}

function auditRoute({ store }: WatchRouteParts): Route {
  return {
    method: 'GET',
    path: '/api/v1/audit',
    access: 'viewer',
    summary: 'Lists who did what, newest first; `before` takes an id. With `namespace` to its resources and releases.',
    query: objectSchema({ ...PAGE, 'namespace?': text(64) }),
    answer: AUDIT,
    async handle(request) {
      const { limit = 100, ...page } = request.query as Partial<Page> & { namespace?: string };
      return { items: await store.audit({ limit, ...page }) };
    },
  };
}
