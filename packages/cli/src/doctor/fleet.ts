import type { Client, LiveInstance } from '@fairway/client';
import { namespaceOf, namespaceOfService, type Resource } from '@fairway/model';
import { checkAgents, checkOff } from './agent.ts';
import { type Finding, fine, note, problem, someOf } from './finding.ts';
import { examineRules } from './rule.ts';

function ids(instances: readonly LiveInstance[]): string {
  return someOf(instances.map(({ id }) => id));
}

function checkLinks(instances: readonly LiveInstance[], newest: number): Finding[] {
  if (instances.length === 0)
    return [note('no instance is connected', 'start one: fairway run --service NAME -- node app.js')];
  const findings: Finding[] = [];
  const away = instances.filter(({ connected }) => !connected);
  if (away.length > 0)
    findings.push(
      problem(
        `${away.length} instances have lost their link: ${ids(away)}`,
        'see whether they run and reach the control plane',
      ),
    );
  const behind = instances.filter(({ connected, revision }) => connected && (revision ?? 0) < newest);
  if (behind.length > 0)
    findings.push(
      problem(
        `${behind.length} instances have not acknowledged revision ${newest}: ${ids(behind)}`,
        'wait a second and ask again; if it stays so, see their logs (FAIRWAY_LOG=info)',
      ),
    );
  return findings.length > 0
    ? findings
    : [fine(`${instances.length} instances are connected and at revision ${newest}`)];
}

function checkLanes(namespace: string, resources: readonly Resource[], instances: readonly LiveInstance[]): Finding[] {
  const own = instances.filter(({ service }) => service.startsWith(`${namespace}/`));
  const lanes = resources.filter((one) => one.kind === 'Lane' && namespaceOf(one) === namespace);
  const known = new Set(lanes.map(({ metadata }) => metadata.name));
  const findings = lanes.flatMap((lane): Finding[] => {
    if (lane.kind !== 'Lane' || lane.spec.enabled === false) return [];
    const { name } = lane.metadata;
    if (own.some((instance) => instance.lane === name && instance.state === 'ready')) return [];
    const what = `lane ${namespace}/${name} has no ready instance: its requests ${lane.spec.strict ? 'fail' : 'go where its fallback leads'}`;
    return [
      (lane.spec.strict ? problem : note)(
        what,
        `start one: fairway run -n ${namespace} --service NAME --lane ${name} -- node app.js`,
      ),
    ];
  });
  const strangers = own.filter(({ lane }) => lane && !known.has(lane));
  if (strangers.length === 0) return findings;
  const labels = [...new Set(strangers.map(({ lane }) => lane))].join(', ');
  return [
    ...findings,
    note(
      `instances bear labels that no Lane of ${namespace} speaks of (${labels}): ${ids(strangers)}`,
      'apply a Lane of that name, or correct FAIRWAY_LANE',
    ),
  ];
}

/** What the control plane knows: links, lanes, rules, switches. */
export async function examineFleet(client: Client, namespace: string | undefined): Promise<Finding[]> {
  const [stored, instances, agents, namespaces] = await Promise.all([
    client.list({ namespace }),
    client.instances({ namespace }),
    client.agents({ namespace }),
    client.namespaces(),
  ]);
  const resources = stored.map(({ resource }) => resource);
  const wanted = namespaces.filter(({ name }) => namespace === undefined || name === namespace);
  const newest = (name: string) =>
    Math.max(0, ...stored.filter(({ resource }) => namespaceOf(resource) === name).map(({ revision }) => revision));
  return wanted.flatMap((summary) => [
    ...checkOff(summary, agents),
    ...checkLinks(
      instances.filter(({ service }) => service.startsWith(`${summary.name}/`)),
      newest(summary.name),
    ),
    ...checkAgents(agents.filter(({ service }) => namespaceOfService(service) === summary.name)),
    ...checkLanes(summary.name, resources, instances),
    ...examineRules(summary.name, resources),
  ]);
}
