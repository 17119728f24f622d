import type { LiveInstance, StoredResource } from '@fairway/client';
import { entryText } from '@fairway/core';
import { type Lane, namespaceOf, namespaceOfService } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import {
  addConnection,
  addNamespace,
  command,
  namespaceFilter,
  namespaceOption,
  type RemoteOptions,
} from '../option.ts';
import { show, table } from '../terminal.ts';

interface FleetOptions extends RemoteOptions {
  readonly namespace?: string;
  readonly service?: string;
  readonly lane?: string;
}

/** A lane and what there is of it. */
interface LaneSummary {
  readonly namespace: string;
  readonly lane: string;
  /** `enabled`, `disabled`, or `no resource` where instances bear a label that no Lane speaks of. */
  readonly state: string;
  /** Ready instances by service. */
  readonly services: Readonly<Record<string, number>>;
  readonly entries: readonly string[];
}

function splitText({ resource }: StoredResource, lane: string): string[] {
  if (resource.kind !== 'Split') return [];
  const part = resource.spec.split.find((one) => one.lane === lane);
  return part ? [`${resource.spec.services.join('+')}: ${part.percent}% (split ${resource.metadata.name})`] : [];
}

function summaryOf(
  namespace: string,
  name: string,
  stored: readonly StoredResource[],
  instances: readonly LiveInstance[],
): LaneSummary {
  const own = stored.filter(({ resource }) => namespaceOf(resource) === namespace);
  const lane = own.find(({ resource }) => resource.kind === 'Lane' && resource.metadata.name === name)?.resource as
    | Lane
    | undefined;
  const services: Record<string, number> = {};
  for (const instance of instances) {
    const isIn = (instance.lane ?? '') === name && instance.service.startsWith(`${namespace}/`);
    if (!isIn || instance.state !== 'ready') continue;
    const service = instance.service.slice(namespace.length + 1);
    services[service] = (services[service] ?? 0) + 1;
  }
  const state = name === '' ? 'base' : lane ? (lane.spec.enabled === false ? 'disabled' : 'enabled') : 'no resource';
  const entries = [
    ...(lane?.spec.entry ?? []).map((rule) => entryText(rule, name)),
    ...own.flatMap((one) => splitText(one, name)),
  ];
  return { namespace, lane: name || 'base', state, services, entries };
}

/** All lanes of the namespaces that resources and instances speak of, base first. */
function summaries(stored: readonly StoredResource[], instances: readonly LiveInstance[]): LaneSummary[] {
  const byNamespace = new Map<string, Set<string>>();
  const add = (namespace: string, lane: string) => {
    const lanes = byNamespace.get(namespace) ?? new Set(['']);
    byNamespace.set(namespace, lanes.add(lane));
  };
  for (const { resource } of stored) if (resource.kind === 'Lane') add(namespaceOf(resource), resource.metadata.name);
  for (const { service, lane = '' } of instances) add(namespaceOfService(service), lane);
  return [...byNamespace]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([namespace, lanes]) => [...lanes].sort().map((lane) => summaryOf(namespace, lane, stored, instances)));
}

function lanesText(lanes: readonly LaneSummary[]): string {
  if (lanes.length === 0) return 'no lanes and no instances';
  const rows = lanes.map(({ namespace, lane, state, services, entries }) => [
    namespace,
    lane,
    state,
    Object.entries(services)
      .sort()
      .map(([name, count]) => `${name}:${count}`)
      .join(' ') || '-',
    entries.join('; ') || '-',
  ]);
  return table(['NAMESPACE', 'LANE', 'STATE', 'READY INSTANCES', 'ENTRIES'], rows);
}

async function lanes(options: FleetOptions): Promise<void> {
  const client = await connect(options);
  const namespace = namespaceFilter(options);
  const [stored, instances] = await Promise.all([client.list({ namespace }), client.instances({ namespace })]);
  const items = summaries(stored, instances);
  show(options.json, { items }, () => lanesText(items));
}

/** Its weight; of one that warms up, what it has of it now. */
function weightText({ weight = 100, warmup }: LiveInstance): string {
  return warmup ? `${Math.round(weight * warmup.share)} of ${weight}` : String(weight);
}

function instancesText(items: readonly LiveInstance[]): string {
  if (items.length === 0) return 'no instances: start one with "fairway run --service NAME -- node app.js"';
  const rows = items.map((one) => [
    one.service,
    one.lane || 'base',
    one.id,
    `${one.host}:${one.ports.join(',')}`,
    one.ejected ? `${one.state}, ejected` : one.suspect ? `${one.state}, suspect` : one.state,
    one.connected ? 'connected' : 'away',
    one.revision === null ? '-' : String(one.revision),
    weightText(one),
    one.since,
  ]);
  return table(['SERVICE', 'LANE', 'INSTANCE', 'ADDRESS', 'STATE', 'AGENT', 'REVISION', 'WEIGHT', 'SINCE'], rows);
}

async function instances(options: FleetOptions): Promise<void> {
  const { service, lane } = options;
  const filter = { namespace: namespaceFilter(options), service, lane: lane === 'base' ? '' : lane };
  const items = await (await connect(options)).instances(filter);
  show(options.json, { items }, () => instancesText(items));
}

async function propagation(revision: string, options: FleetOptions & { readonly timeout: string }): Promise<void> {
  const timeoutMs = Math.min(30_000, Math.max(0, Number(options.timeout) * 1000 || 0));
  const namespace = options.namespace === undefined ? undefined : namespaceOption(options);
  const result = await (await connect(options)).propagation(Number(revision), { namespace, timeoutMs });
  show(
    options.json,
    result,
    () => `${result.acknowledged} of ${result.agents} agents acknowledged revision ${result.revision}`,
  );
  if (result.pending.length > 0) process.exitCode = 1;
}

/** `fairway lanes`. */
export function lanesCommand(): Command {
  return addNamespace(
    addConnection(
      command('lanes', 'Show lanes: state, instances, and who gets in', [
        'fairway lanes',
        'fairway lanes -n shop --json',
      ]),
    ),
  ).action(lanes);
}

/** `fairway instances`. */
export function instancesCommand(): Command {
  return addNamespace(
    addConnection(
      command('instances', 'Show instances and the link of their agents', [
        'fairway instances',
        'fairway instances --service order --lane gray',
      ]),
    ),
  )
    .option('--service <name>', 'only of this service')
    .option('--lane <name>', 'only of this lane; base: those without one')
    .action(instances);
}

/** `fairway propagation`. */
export function propagationCommand(): Command {
  return addNamespace(
    addConnection(
      command('propagation', 'Tell how many agents have acknowledged a revision', [
        'fairway propagation 12 --timeout 10',
      ]),
    ),
  )
    .argument('<revision>', 'as printed by apply --json')
    .option('--timeout <seconds>', 'wait so long for the rest, at most 30', '0')
    .action(propagation);
}
