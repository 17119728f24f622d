import type { Route } from '../http/route.ts';
import { objectSchema } from '../http/schema.ts';
import type { Store } from '../store/store.ts';

/** A store that takes longer is as good as away; a probe must not wait for it. */
const PATIENCE_MS = 500;

const STATUS = objectSchema({ status: { type: 'string', enum: ['ok', 'degraded'] } });

/**
 * Probes. Without its store the server is degraded but ready: agents are served, changes are refused. A probe that failed
 * then would cut the agents off for nothing.
 */
export function probeRoutes(store: Store): Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      access: 'none',
      summary: 'Whether the process works.',
      answer: STATUS,
      handle: () => ({ status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      access: 'none',
      summary: 'Whether it serves agents; `degraded`: the store is away, so changes are refused.',
      answer: STATUS,
      handle: () =>
        Promise.race([store.check(), late()]).then(
          () => ({ status: 'ok' }),
          () => ({ status: 'degraded' }),
        ),
    },
  ];
}

function late(): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS).unref();
  });
}
