import { Readable } from 'node:stream';
import { authorOf } from '../http/auth.ts';
import type { Route } from '../http/route.ts';
import type { Store } from '../store/store.ts';

/** All that is stored, to be kept elsewhere. */
export function backupRoutes(store: Store, nowMs: () => number): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/backup',
      access: 'admin',
      summary:
        'All that is stored at one moment, for `fairway restore`. It holds the hashes of tokens and passwords: keep it as those.',
      answer: 'text',
      async handle(request, reply) {
        const at = new Date(nowMs()).toISOString();
        const lines = await store.backup({
          at,
          author: authorOf(request),
          action: 'backed-up',
          target: 'store',
          revision: null,
          reason: null,
        });
        reply.type('application/x-ndjson');
        return Readable.from(lines.map((line) => `${line}\n`));
      },
    },
  ];
}
