import type { LiveAgent } from '@fairway/client';
import type { AgentReport, PointReport } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, addNamespace, command, namespaceFilter, type RemoteOptions } from '../option.ts';
import { show, table } from '../terminal.ts';

interface AgentsOptions extends RemoteOptions {
  readonly namespace?: string;
  readonly service?: string;
}

/** Reasons that are named; the rest is in the JSON. */
const TOP_REASONS = 3;
const BYTES_A_MB = 1024 * 1024;

const HEAD = [
  'INSTANCE',
  'SERVICE',
  'AGENT',
  'RUNTIME',
  'REVISION',
  'STATE',
  'POINTS',
  'GOVERNED',
  'PASSED',
  'REFUSED',
  'FAULTS',
  'DROPPED',
  'MB',
  'REPORTED',
];

function stateText({ off, connected, report }: LiveAgent): string {
  if (!connected) return 'away';
  if (off) return `off (${off})`;
  return report?.aside === undefined ? 'governing' : 'aside';
}

function pointsText(points: readonly PointReport[]): string {
  const not = points.filter(({ state }) => state !== 'on').map(({ name, state }) => `${name} ${state}`);
  return [`${points.length - not.length} on`, ...not].join(', ');
}

function passedText(points: readonly PointReport[]): string {
  const byReason = new Map<string, number>();
  for (const { passed } of points)
    for (const [reason, count] of Object.entries(passed)) byReason.set(reason, (byReason.get(reason) ?? 0) + count);
  const sorted = [...byReason].sort(([, a], [, b]) => b - a);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  const top = sorted.slice(0, TOP_REASONS).map(([reason, count]) => `${reason} ${count}`);
  return total === 0 ? '0' : `${total} (${[...top, ...(sorted.length > TOP_REASONS ? ['…'] : [])].join(', ')})`;
}

function countsOf({ points, droppedLabels, bytes }: AgentReport): string[] {
  const sum = (of: (point: PointReport) => number) => String(points.reduce((total, point) => total + of(point), 0));
  return [
    pointsText(points),
    sum(({ governed }) => governed),
    passedText(points),
    sum(({ refused }) => refused),
    sum(({ faults }) => faults),
    String(droppedLabels),
    (bytes / BYTES_A_MB).toFixed(1),
  ];
}

function rowOf(one: LiveAgent): string[] {
  const { instance, service, agent, revision, report, reportedAt } = one;
  return [
    instance,
    service,
    agent?.version ?? '-',
    agent?.runtime ?? '-',
    revision === null ? '-' : String(revision),
    stateText(one),
    ...(report ? countsOf(report) : ['-', '-', '-', '-', '-', '-', '-']),
    reportedAt ?? '-',
  ];
}

async function agents(options: AgentsOptions): Promise<void> {
  const filter = { namespace: namespaceFilter(options), service: options.service };
  const items = await (await connect(options)).agents(filter);
  show(options.json, { items }, () => (items.length === 0 ? 'no agents' : table(HEAD, items.map(rowOf))));
}

/** `fairway agents`. */
export function agentsCommand(): Command {
  const examples = ['fairway agents -n shop', 'fairway agents --service order --json'];
  return addNamespace(
    addConnection(command('agents', 'Show agents: points, what they governed and passed through, faults', examples)),
  )
    .option('--service <name>', 'only of this service')
    .action(agents);
}
