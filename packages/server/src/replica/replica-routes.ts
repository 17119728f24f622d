import type { Replica } from '@fairway/control';
import type { Route } from '../http/route.ts';
import { listOf, objectSchema } from '../http/schema.ts';

const TEXT = { type: 'string' } as const;
const REPLICAS = listOf(
  objectSchema({ name: TEXT, url: TEXT, leads: { type: 'boolean' }, silentMs: { type: 'number' } }),
);

/** The replicas of the control plane, as the one that leads knows them. `list` undefined: it is alone. */
export function replicaRoutes(list: (() => Promise<readonly Replica[]>) | undefined): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/replicas',
      access: 'viewer',
      summary: 'Lists the replicas of this control plane. None: it is a process alone.',
      answer: REPLICAS,
      async handle() {
        const replicas = (await list?.()) ?? [];
        return { items: replicas.map(({ name, url, leads, silentMs }) => ({ name, url, leads, silentMs })) };
      },
    },
  ];
}
