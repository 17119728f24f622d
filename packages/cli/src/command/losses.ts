import type { Losses } from '@fairway/client';
import type { Failure, InstanceLosses, Notice, Rollout } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, addNamespace, command, namespaceFilter, type RemoteOptions } from '../option.ts';
import { show } from '../terminal.ts';

interface LossesOptions extends RemoteOptions {
  readonly namespace?: string;
  readonly service?: string;
  readonly release?: string;
  readonly since: string;
}

/** `2 requests`, `1 request`. */
function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** The time of day with tenths of a second. */
function clock(at: string): string {
  return at.slice(11, 21);
}

function verdictText({ verdict, lost, requests, saved, instances }: Rollout): string {
  const served = instances.reduce((sum, { notice }) => sum + (notice?.served ?? 0), 0);
  const during = `${counted(Math.max(requests, served), 'request')} during the transition`;
  const rescued = saved === 0 ? '' : `; ${saved} saved by another attempt`;
  if (verdict === 'unmeasured') return 'no request was reported: nothing can be said of losses';
  return verdict === 'lost' ? `LOST ${lost} of ${during}${rescued}` : `nothing lost, ${during}${rescued}`;
}

function noticeText({ inFlight, served, failed, cutOff, callers, acknowledged }: Notice): string {
  const parts = [
    inFlight === null ? '' : `${inFlight} in flight at the notice`,
    served === null ? '' : `${served} served after it`,
    failed ? `${failed} failed` : '',
    cutOff ? `${cutOff} cut off` : '',
    callers === null ? '' : `${acknowledged ?? 0} of ${callers} callers acknowledged`,
  ].filter((part) => part !== '');
  return `by its own account: ${parts.join(', ') || 'nothing told of the requests'}`;
}

function failureText({ phase, reason, caller, callerService, count }: Failure): string {
  return `${counted(count, 'call')} of ${caller} (${callerService}) failed while it was ${phase}: ${reason}`;
}

function transitionText({ what, at, by, cause }: InstanceLosses['transitions'][number], self: string): string {
  const seenBy = by === null ? 'control plane' : by === self ? 'itself' : by;
  return `${what} ${clock(at)} (${[seenBy, cause].filter((part) => part !== undefined).join(': ')})`;
}

function instanceText(one: InstanceLosses): string[] {
  const { instance, release, transitions, notice, failures, disagreement } = one;
  const steps = transitions.map((transition) => transitionText(transition, instance)).join(', ');
  return [
    `  ${instance}${release && ` (${release})`}: ${steps || 'no transition of its own'}`,
    ...(notice ? [`    ${noticeText(notice)}`] : []),
    ...failures.map((failure) => `    ${failureText(failure)}`),
    ...(disagreement === null ? [] : [`    the accounts differ: ${disagreement}`]),
  ];
}

function rolloutText(rollout: Rollout): string {
  const { service, releases, from, to, instances } = rollout;
  const named = releases.length > 0 ? `, ${releases.join(' and ')}` : '';
  const head = `${service}${named}: ${from.slice(0, 10)} ${clock(from)} to ${clock(to)} UTC`;
  return [head, `  ${verdictText(rollout)}`, ...instances.flatMap(instanceText)].join('\n');
}

function lossesText({ items, truncated }: Losses, since: string): string {
  if (items.length === 0) return `no transition was recorded since ${since} that this asks for`;
  const rest = truncated ? ['there is more; ask for less: --service, --since'] : [];
  return [...items.map(rolloutText), ...rest].join('\n\n');
}

async function tellLosses(options: LossesOptions): Promise<void> {
  const { service, release, since } = options;
  const query = { namespace: namespaceFilter(options), service, release, since };
  const found = await (await connect(options)).losses(query);
  show(options.json, found, () => lossesText(found, since));
}

/** `fairway losses`. */
export function lossesCommand(): Command {
  const examples = ['fairway losses --since 1h', 'fairway losses --service order --release v2 -n shop'];
  return addNamespace(
    addConnection(command('losses', 'Tell what rollouts lost: where, in which phase, and who says so', examples)),
  )
    .option('--service <name>', 'only of this service')
    .option(
      '--release <name>',
      'only rollouts in which an instance of this release (label release or version) took part',
    )
    .option('--since <time>', 'how long ago, or a time as 2026-01-31T12:00:00Z', '24h')
    .action(tellLosses);
}
