import { FairwayError, type Following, type HopNode, type RequestTrace } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, collect, command, type RemoteOptions } from '../option.ts';
import { headersOf } from '../request-header.ts';
import { show, TERMINAL } from '../terminal.ts';

interface FollowOptions extends RemoteOptions {
  readonly id?: string;
  readonly ttl: string;
  readonly reason?: string;
  readonly method: string;
  readonly header?: readonly string[];
}

/** A request that is sent from here waits so long for its answer. */
const ANSWER_MS = 30_000;

function issuedText({ id, header, value, expiresAt }: Following): string {
  return [
    'Send one request with this header:',
    `  ${header}: ${value}`,
    `It is good until ${expiresAt}. Then:`,
    `  fairway follow --id ${id}`,
  ].join('\n');
}

function headOf({ kind, method, path, to, service, instance, instanceLane, status, outcome, tookMs }: HopNode): string {
  const what = `${method} ${path}`;
  const where =
    kind === 'called' ? `-> ${to} ${what}` : `${what} at ${instance} (${service}, ${instanceLane || 'base'})`;
  return `${where}  ${status ?? outcome}  ${tookMs.toFixed(1)} ms`;
}

/** A hop, what was decided and why, the attempts that were made, and what came of it, further in. */
function hopLines(node: HopNode): string[] {
  const { lane, reason, steps, eligible, attempts, children, kind } = node;
  const isSeveral = attempts.length > 1;
  const own = [
    `lane ${lane || 'base'}: ${reason}`,
    ...steps.map(({ step, taken, text }) => `${taken ? '*' : ' '} ${step.padEnd(9)} ${text}`),
    ...(kind === 'called' && eligible
      ? [`eligible: ${eligible.count} (${eligible.instances.join(', ') || 'none'})`]
      : []),
    ...attempts.map(
      ({ instance, lane: its, outcome, afterMs, tookMs }, i) =>
        `${isSeveral ? `attempt ${i + 1}` : 'sent'} to ${instance} (${its || 'base'})  ${outcome}  ${tookMs.toFixed(1)} ms after ${afterMs.toFixed(1)} ms`,
    ),
    ...children.flatMap(hopLines),
  ];
  return [headOf(node), ...own.map((line) => `  ${line}`)];
}

function traceText({ id, startedAt, tookMs, hops, complete, dropped, roots }: RequestTrace): string {
  if (hops === 0) return `Request ${id}: no hop was told yet`;
  const head = `Request ${id}: ${hops} hops, ${tookMs.toFixed(1)} ms, at ${startedAt}`;
  const notes = [
    complete ? '' : 'Not all was told: a call is under way still, or went where nothing is told.',
    dropped > 0 ? `${dropped} hops were too many to be kept.` : '',
  ].filter((note) => note !== '');
  return [head, ...roots.flatMap(hopLines), ...notes].join('\n');
}

async function send(
  url: string,
  { method, header }: FollowOptions,
  { header: name, value }: Following,
): Promise<number> {
  const headers = new Headers();
  for (const [key, values] of Object.entries(headersOf(header))) for (const one of values) headers.append(key, one);
  headers.set(name, value);
  try {
    const answer = await fetch(url, { method, headers, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) });
    await answer.body?.cancel();
    return answer.status;
  } catch (error) {
    const { cause } = error as { cause?: Error };
    throw new FairwayError('FAIRWAY_UNREACHABLE', `${url}: ${cause?.message ?? (error as Error).message}`, {
      cause: error,
    });
  }
}

async function follow(url: string | undefined, options: FollowOptions): Promise<void> {
  if (url !== undefined && !URL.canParse(url))
    throw new FairwayError('FAIRWAY_INVALID', `url: found ${JSON.stringify(url)}, expected an http(s) URL`);
  const client = await connect(options);
  let { id } = options;
  if (id === undefined) {
    const issued = await client.follow({ ttl: options.ttl, reason: options.reason });
    if (url === undefined) return show(options.json, issued, () => issuedText(issued));
    const status = await send(url, options, issued);
    if (!options.json) TERMINAL.say(`${options.method} ${url} was answered with status ${status}`);
    id = issued.id;
  }
  const trace = await client.followed(id, { wait: 'complete' });
  show(options.json, trace, () => traceText(trace));
}

/** `fairway follow`. */
export function followCommand(): Command {
  const examples = [
    "fairway follow http://shop.example/orders/1 -H 'x-user: anna'",
    'fairway follow --ttl 5m',
    'fairway follow --id 4bf92f3577b34da6a3ce929d0e0e4736',
  ];
  return addConnection(
    command('follow', 'Follow one request through all services: what was decided at each hop, and why', examples),
  )
    .argument('[url]', 'send a request there and follow it; without, tell the header that has one followed')
    .option('--id <id>', 'tell of a request that was followed')
    .option('--ttl <time>', 'how long the header is good: 1s to 10m', '60s')
    .option('--reason <text>', 'kept in the audit log')
    .option('-X, --method <method>', 'method of the request', 'GET')
    .option('-H, --header <header>', 'header of the request, "name: value"; may be repeated', collect)
    .action(follow);
}
