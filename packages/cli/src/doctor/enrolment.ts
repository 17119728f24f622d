import { AGENT_VERSION } from '@fairway/agent';
import type { Client, LiveAgent } from '@fairway/client';
import { checkAgents } from './agent.ts';
import { type Finding, fine, note, problem } from './finding.ts';
import { passedNotes } from './passed.ts';
import type { ProcessFacts } from './process-facts.ts';

/** How a process is known: its ids, and names of its machine. */
export type Known = Pick<ProcessFacts, 'pids' | 'hostnames'>;

/** What the control plane knows of a process. */
export async function examineEnrolment(client: Client, { pids, hostnames }: Known): Promise<Finding[]> {
  const agents = (await client.agents()).filter(
    ({ agent }) => agent && pids.includes(agent.pid) && hostnames.includes(agent.hostname ?? ''),
  );
  if (agents.length > 0) return (await Promise.all(agents.map((one) => examineOne(client, one)))).flat();
  return [
    problem(
      `the control plane ${client.server} does not know the process`,
      'an agent registers when its application listens or makes its first call; else its token may be for another namespace, or it may be the primary of a cluster: see FAIRWAY_LOG=info there',
    ),
  ];
}

async function examineOne(client: Client, one: LiveAgent): Promise<Finding[]> {
  const { instance, service, lane, agent, report, reportedAt } = one;
  const state = (await client.instances({ service })).find(({ id }) => id === instance)?.state ?? 'gone';
  const version = agent?.version ?? '';
  const passed: Record<string, number> = {};
  for (const point of report?.points ?? [])
    for (const [reason, count] of Object.entries(point.passed)) passed[reason] = (passed[reason] ?? 0) + count;
  const governed = (report?.points ?? []).reduce((sum, point) => sum + point.governed, 0);
  return [
    fine(`it is instance ${instance} of ${service}, lane ${lane || 'base'}, ${state}, agent ${version}`),
    ...checkLink(one),
    ...(state === 'starting' ? [note('it does not listen: nobody calls it', 'right for a job or a consumer')] : []),
    ...(version === AGENT_VERSION
      ? []
      : [note(`its agent is of version ${version}, this command of ${AGENT_VERSION}`, 'use one version for all')]),
    ...checkSwitch(one),
    ...checkAgents([one]),
    ...(report ? [fine(`by its report of ${reportedAt} it governed ${governed} calls and requests`)] : []),
    ...passedNotes(passed),
  ];
}

function checkLink({ connected, revision }: LiveAgent): Finding[] {
  if (!connected)
    return [problem('it has lost its link', 'see whether it runs and reaches the control plane (FAIRWAY_LOG=info)')];
  return revision === null ? [note('it has acknowledged nothing yet', 'wait a second and ask again')] : [];
}

function checkSwitch({ off, instance, service }: LiveAgent): Finding[] {
  if (!off) return [];
  const name = { namespace: service.split('/')[0] ?? '', service, instance }[off];
  return [
    problem(`its ${off} is off: it passes everything through untouched`, `turn it on: fairway ${off} on ${name}`),
  ];
}
