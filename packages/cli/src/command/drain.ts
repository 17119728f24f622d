import type { Client, Commanded, Drained } from '@fairway/client';
import { FairwayError } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, command, type RemoteOptions } from '../option.ts';
import { show, TERMINAL } from '../terminal.ts';

interface DrainOptions extends RemoteOptions {
  readonly reason?: string;
  readonly wait?: boolean;
}

const MAX_WAIT_MS = 30_000;

function commandedText({ instance, service, command: kind, state, connected }: Commanded): string {
  const told = connected ? 'told to' : 'away; told when it is back to';
  return `${instance} of ${service} (${state}): ${told} ${kind}`;
}

function drainedText({ callers, acknowledged, missing }: Drained): string {
  const done = `draining; ${acknowledged} of ${callers} callers know it`;
  return missing.length === 0 ? done : `${done}; waiting for ${missing.slice(0, 10).join(', ')}`;
}

async function isDraining(client: Client, id: string): Promise<boolean> {
  const instance = (await client.instances()).find((one) => one.id === id);
  if (!instance) throw new FairwayError('FAIRWAY_NOT_FOUND', `instance ${id} is gone`);
  return instance.state === 'draining';
}

/** Fulfilled with true when the instance drains, with false when the signal is aborted before. */
async function untilDraining(client: Client, id: string, signal: AbortSignal): Promise<boolean> {
  for await (const event of client.events(signal)) {
    const isNews = event.type === 'connected' || (event.type === 'instance' && event.key === id);
    if (isNews && (await isDraining(client, id))) return true;
  }
  return false;
}

/** Waits until an instance drains and all its callers know; undefined: it did not begin in time. */
async function drained(client: Client, id: string): Promise<Drained | undefined> {
  const signal = AbortSignal.timeout(MAX_WAIT_MS);
  if (!(await untilDraining(client, id, signal))) return undefined;
  let status = await client.drained(id);
  while (status.acknowledged < status.callers && !signal.aborted) status = await client.drained(id);
  return status;
}

async function drain(id: string, options: DrainOptions): Promise<void> {
  const client = await connect(options);
  const commanded = await client.command(id, 'drain', options.reason);
  const status = options.wait ? await drained(client, id) : undefined;
  if (options.wait && (!status || status.missing.length > 0)) {
    TERMINAL.say(`fairway: not done within ${MAX_WAIT_MS} ms; it goes on`);
    process.exitCode = 1;
  }
  show(options.json, { ...commanded, ...status }, () =>
    [commandedText(commanded), ...(status ? [drainedText(status)] : [])].join('\n'),
  );
}

async function resume(id: string, options: DrainOptions): Promise<void> {
  const commanded = await (await connect(options)).command(id, 'resume', options.reason);
  show(options.json, commanded, () => commandedText(commanded));
}

/** `fairway drain`. */
export function drainCommand(): Command {
  const examples = ['fairway drain order-1 --wait', 'fairway drain order-1 --reason "kernel update"'];
  return addConnection(
    command('drain', 'Take an instance out of the traffic without a loss; its process goes on', examples),
  )
    .argument('<instance>')
    .option('--wait', 'wait until it drains and all its callers know (at most 30 s)')
    .option('--reason <text>', 'why; kept in the audit log')
    .action(drain);
}

/** `fairway resume`. */
export function resumeCommand(): Command {
  return addConnection(
    command('resume', 'Have an instance that was drained take traffic again', ['fairway resume order-1']),
  )
    .argument('<instance>')
    .option('--reason <text>', 'why; kept in the audit log')
    .action(resume);
}
