import { offAt } from '@fairway/core';
import { type Instance, namespaceOfService } from '@fairway/model';
import type { Route } from '../http/route.ts';
import { objectSchema, text } from '../http/schema.ts';
import type { Link } from '../link/link.ts';
import { isWanted, linkOf } from './instance-routes.ts';
import { namespaceIn } from './switch-routes.ts';
import { AGENTS } from './wire-schema.ts';

/** What agents say of themselves. */
export function agentRoutes(link: Link): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/agents',
      access: 'viewer',
      summary: 'Lists the agent of each instance: its version, what is switched off, and what it last reported.',
      query: objectSchema({ 'namespace?': text(64), 'service?': text(192) }),
      answer: AGENTS,
      handle(request) {
        const wanted = request.query as { namespace?: string; service?: string };
        const found = [...link.fleet.directory.instances.all()].filter((instance) => isWanted(instance, wanted));
        return { items: found.map((instance) => described(link, instance)) };
      },
    },
  ];
}

function described(link: Link, { id, service, lane = '' }: Instance) {
  const { agent = null, report = null, reportedMs = null } = link.agents.get(id) ?? {};
  const spec = namespaceIn(link.fleet.resources, namespaceOfService(service))?.spec ?? {};
  return {
    instance: id,
    service,
    lane,
    ...linkOf(link, id),
    off: offAt(spec, { service, instance: id }) ?? null,
    agent,
    report,
    reportedAt: reportedMs === null ? null : new Date(reportedMs).toISOString(),
  };
}
