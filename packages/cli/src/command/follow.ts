import { FairwayError, type Following } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, collect, command, type RemoteOptions } from '../option.ts';
import { headersOf } from '../request-header.ts';
import { show, TERMINAL } from '../terminal.ts';
import { traceText } from '../trace-text.ts';

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
