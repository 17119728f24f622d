import { FairwayError, type Topology, type TrafficEdge, type TrafficNode, type TrafficStats } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, addNamespace, command, namespaceFilter, type RemoteOptions } from '../option.ts';
import { show, TERMINAL, table } from '../terminal.ts';

interface TrafficOptions extends RemoteOptions {
  readonly namespace?: string;
  readonly service?: string;
  readonly lane?: string;
  readonly window: string;
  readonly watch?: boolean;
}

/** Moves to the upper left and clears what is below. */
const CLEAR = '\x1b[H\x1b[J';

const HEAD = ['FROM', 'TO', 'LANE', 'RATE/S', 'ERRORS', 'P50 MS', 'P99 MS', 'SENT/S', 'RECEIVED/S', 'WHY'];

function numbers({ rate, errorShare, p50Ms, p99Ms }: TrafficStats): string[] {
  const ms = (value: number | null) => value?.toFixed(1) ?? '-';
  return [rate.toFixed(1), `${(errorShare * 100).toFixed(1)}%`, ms(p50Ms), ms(p99Ms)];
}

const KIB = 1024;

/** What went and what came, a second. */
function bodies({ sentBytes, receivedBytes, requests, rate }: TrafficEdge): string[] {
  const perSecond = (size: number) => (requests === 0 ? 0 : (size / requests) * rate);
  return [sentBytes, receivedBytes].map((size) => `${(perSecond(size) / KIB).toFixed(1)} KiB`);
}

function laneText({ lane, toLane }: TrafficEdge): string {
  return lane === toLane ? lane || 'base' : `${lane || 'base'} -> ${toLane || 'base'}`;
}

function reasonText({ reasons, retried }: TrafficEdge): string {
  const why = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  return [...why, ...(retried > 0 ? [`retried ${retried}`] : [])].join(', ');
}

/** What came to a service that no caller with an agent tells of is shown as from outside. */
function outside(nodes: readonly TrafficNode[], edges: readonly TrafficEdge[]): readonly TrafficNode[] {
  return nodes.filter(({ service, lane }) => !edges.some((edge) => edge.to === service && edge.lane === lane));
}

function trafficText({ at, windowMs, nodes, edges, bounds, everyMs }: Topology): string {
  const rows = [
    ...outside(nodes, edges).map((node) => [
      '(outside)',
      node.service,
      node.lane || 'base',
      ...numbers(node),
      '-',
      '-',
      '',
    ]),
    ...edges.map((edge) => [edge.from, edge.to, laneText(edge), ...numbers(edge), ...bodies(edge), reasonText(edge)]),
  ].sort((a, b) => a.slice(0, 3).join(' ').localeCompare(b.slice(0, 3).join(' ')));
  const head = `${windowMs / 1000} s to ${at.slice(11, 19)} UTC`;
  const { overflowed, lost, late } = bounds;
  const notes = [
    everyMs === 0 ? 'measuring is off: fairway up --traffic-every 5' : '',
    rows.length === 0 ? 'no call was reported' : '',
    overflowed > 0 ? `${overflowed} requests were too many to tell apart: they are in "other"` : '',
    lost + late > 0 ? `${lost} reports were lost, ${late} came too late` : '',
  ].filter((note) => note !== '');
  return [head, ...(rows.length > 0 ? [table(HEAD, rows)] : []), ...notes].join('\n');
}

async function watch(options: TrafficOptions, query: object): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const client = await connect(options);
  for await (const event of client.liveTraffic(stop.signal, query)) {
    if (event.type === 'lost') TERMINAL.say(`fairway: ${event.error.message}`);
    if (event.type !== 'traffic') continue;
    if (options.json) TERMINAL.out(JSON.stringify(event.topology));
    else TERMINAL.out(`${process.stdout.isTTY ? CLEAR : ''}${trafficText(event.topology)}`);
  }
}

async function tellTraffic(options: TrafficOptions): Promise<void> {
  const { service, lane, window } = options;
  if (service !== undefined && !service.includes('/')) {
    const problem = { path: '--service', found: service, expected: 'a service in full: namespace/name' };
    throw new FairwayError('FAIRWAY_INVALID', `--service: found ${service}, expected namespace/name`, {
      problems: [problem],
    });
  }
  const query = { namespace: namespaceFilter(options), service, lane, window };
  if (options.watch) return watch(options, query);
  const topology = await (await connect(options)).traffic(query);
  show(options.json, topology, () => trafficText(topology));
}

/** `fairway traffic`. */
export function trafficCommand(): Command {
  const examples = ['fairway traffic --watch', 'fairway traffic --service shop/order --lane gray --window 5m'];
  return addNamespace(
    addConnection(command('traffic', 'Tell who calls whom, by lane: rate, errors, latencies', examples)),
  )
    .option('--service <name>', 'only calls from and to this service, as namespace/name')
    .option('--lane <name>', 'only calls of this lane; base for none')
    .option('--window <time>', 'over how long: 1s to 168h', '60s')
    .option('--watch', 'again twice a second, until it is interrupted; with --json one object a line')
    .action(tellTraffic);
}
