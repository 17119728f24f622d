import { resourceName } from '../change/draft.ts';
import type { RequestBook } from '../change/request-book.ts';
import { boundTo, tokenOf } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import { listOf, objectSchema, text } from '../http/schema.ts';
import type { ChangeRequest } from '../store/store.ts';
import { admit, admitKind } from './resource-routes.ts';
import { APPLIED, CHANGE_REQUEST, REASON } from './wire-schema.ts';

const ONE = '/api/v1/requests/:id';

/** Changes in protected namespaces that wait for a second person. */
export function requestRoutes(book: RequestBook): Route[] {
  const scope: Route['scope'] = (request) => scopeOf(book.get((request.params as { id: string }).id));
  return [
    {
      method: 'GET',
      path: '/api/v1/requests',
      access: 'viewer',
      summary: 'Lists changes that wait for a second person, the oldest first.',
      query: objectSchema({ 'namespace?': text(64) }),
      answer: listOf(CHANGE_REQUEST),
      handle(request) {
        const own = boundTo(request);
        const { namespace } = request.query as { namespace?: string };
        return { items: book.list(namespace).filter((one) => own === null || scopeOf(one) === own) };
      },
    },
    {
      method: 'POST',
      path: `${ONE}/approve`,
      access: 'operator',
      summary: 'Makes a change that somebody else asked for.',
      answer: APPLIED,
      scope,
      handle(request) {
        const { id } = request.params as { id: string };
        for (const { key, resource } of book.get(id).changes) {
          if (resource) admit(request, resource);
          else admitKind(request, resourceName(key).kind);
        }
        return book.approve(id, tokenOf(request));
      },
    },
    {
      method: 'DELETE',
      path: ONE,
      access: 'operator',
      summary: 'Refuses a change that somebody asked for, or takes one back.',
      query: objectSchema({ 'reason?': REASON }),
      scope,
      async handle(request) {
        const { id } = request.params as { id: string };
        const { reason = null } = request.query as { reason?: string };
        await book.reject(id, tokenOf(request), reason);
      },
    },
  ];
}

/** The one namespace that a request changes; null: more. */
function scopeOf({ changes }: ChangeRequest): string | null {
  const [first = null, ...others] = new Set(changes.map(({ key }) => resourceName(key).namespace));
  return others.length === 0 ? first : null;
}
