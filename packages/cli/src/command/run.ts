import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { FairwayError } from '@fairway/model';
import type { Command } from 'commander';
import { agentToken, findConnection } from '../connection.ts';
import { addConnection, addNamespace, command, namespaceOption, type RemoteOptions } from '../option.ts';

interface RunOptions extends RemoteOptions {
  readonly service?: string;
  readonly lane?: string;
  readonly namespace?: string;
  readonly zone?: string;
  readonly label?: string;
  readonly host?: string;
  readonly instance?: string;
}

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

/** `NODE_OPTIONS` with the agent before what was there; Node.js reads quotes and backslashes in it. */
export function nodeOptions(agent: string, before: string | undefined): string {
  const path = /["\\\s]/.test(agent) ? `"${agent.replace(/["\\]/g, '\\$&')}"` : agent;
  const required = `--require ${path}`;
  if (!before) return required;
  return before.includes(required) ? before : `${required} ${before}`;
}

async function environment(options: RunOptions): Promise<NodeJS.ProcessEnv> {
  const namespace = namespaceOption(options);
  const { server } = await findConnection(options);
  const token = await agentToken(options, namespace);
  const { ensureAgentBundle } = await import('@fairway/agent');
  const own: Record<string, string | undefined> = {
    FAIRWAY_SERVER: server,
    FAIRWAY_TOKEN: token,
    FAIRWAY_NAMESPACE: namespace,
    FAIRWAY_SERVICE: options.service,
    FAIRWAY_LANE: options.lane === 'base' ? '' : options.lane,
    FAIRWAY_ZONE: options.zone,
    FAIRWAY_LABELS: options.label,
    FAIRWAY_HOST: options.host,
    FAIRWAY_INSTANCE: options.instance,
    NODE_OPTIONS: nodeOptions(await ensureAgentBundle(), process.env['NODE_OPTIONS']),
  };
  const set = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...process.env, ...set };
}

/** Ends as the application ended: with its status, or by the signal that ended it. */
function endAs(code: number | null, signal: NodeJS.Signals | null): void {
  if (signal === null) {
    process.exitCode = code ?? 0;
    return;
  }
  for (const passed of PASSED_ON) process.removeAllListeners(passed);
  process.exitCode = 128 + (constants.signals[signal] ?? 0);
  process.kill(process.pid, signal);
}

async function run(words: readonly string[], options: RunOptions): Promise<void> {
  const [program, ...args] = words;
  if (program === undefined) {
    throw new FairwayError(
      'FAIRWAY_INVALID',
      'found no program, expected one after --, for example: fairway run -- node app.js',
    );
  }
  const env = await environment(options);
  const child = spawn(program, args, { stdio: 'inherit', env });
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
  await new Promise<void>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new FairwayError('FAIRWAY_ENVIRONMENT', `${program} cannot be started: ${cause.message}`, { cause })),
    );
    child.once('exit', (code, signal) => {
      endAs(code, signal);
      resolve();
    });
  });
}

/** `fairway run`. */
export function runCommand(): Command {
  return addNamespace(
    addConnection(
      command('run', 'Run an application under Fairway, unchanged', [
        'fairway run --service order -- node app.js',
        'fairway run --service order --lane gray -- npm start',
      ]),
    ),
  )
    .argument('[program...]', 'the program and its arguments, after --')
    .option('--service <name>', 'name of its service (or FAIRWAY_SERVICE)')
    .option('--lane <name>', 'its lane; none: base (or FAIRWAY_LANE)')
    .option('--zone <name>', 'its zone')
    .option('--label <k=v,…>', 'its labels')
    .option('--host <address>', 'address at which others reach it')
    .option('--instance <id>', 'its id; made up unless given')
    .action(run);
}
