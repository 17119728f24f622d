import { resolve } from 'node:path';
import type { GatewayEvent } from '@fairway/gateway';
import { problemText } from '@fairway/model';
import type { Command } from 'commander';
import { connect, DEFAULT_DATA_DIR } from '../connection.ts';
import {
  addConnection,
  addNamespace,
  command,
  group,
  namespaceOption,
  parseWhole,
  type RemoteOptions,
} from '../option.ts';
import { show, TERMINAL } from '../terminal.ts';

interface GatewayOptions extends RemoteOptions {
  readonly namespace?: string;
  readonly dir?: string;
  readonly watch?: boolean;
  readonly print?: boolean;
  readonly nginx?: string;
  readonly workers?: number;
}

function eventText(event: GatewayEvent): string {
  switch (event.type) {
    case 'refused':
      return [
        `refused, the one before goes on: ${event.error.message}`,
        ...event.error.problems.map((p) => `  ${problemText(p)}`),
      ].join('\n');
    case 'away':
      return `the last configuration goes on: ${event.error.message}`;
    case 'resumed':
      return 'started with the last good configuration';
    case 'unresolved':
      return `instance ${event.instance} is left out: its host name ${event.host} leads nowhere`;
    default:
      return `${event.type} in ${Math.round(event.ms)} ms`;
  }
}

function tell(isJson: boolean | undefined) {
  return (event: GatewayEvent): void => {
    const told = 'error' in event ? { ...event, error: event.error.message } : event;
    if (isJson) TERMINAL.out(JSON.stringify(told));
    else TERMINAL.say(`gateway: ${eventText(event)}`);
  };
}

async function nginx(name: string, options: GatewayOptions): Promise<void> {
  const client = await connect(options);
  const gateway = await import('@fairway/gateway');
  const common = {
    client,
    gateway: name,
    namespace: namespaceOption(options),
    dir: resolve(options.dir ?? `${options.dataDir ?? DEFAULT_DATA_DIR}/gateway-${name}`),
    onEvent: tell(options.json),
    ...(options.nginx ? { nginx: options.nginx } : {}),
    ...(options.workers ? { workers: options.workers } : {}),
  };
  if (options.print) {
    const rendered = await gateway.renderGateway(
      common,
      await client.world(),
      await gateway.findNginx(options.nginx),
      common.onEvent,
    );
    return show(options.json, rendered, () => rendered.files[gateway.MAIN_FILE] ?? '');
  }
  if (!options.watch) {
    const done = await gateway.applyGateway(common);
    return show(options.json, { applied: done }, () => `gateway ${name}: ${done}; NGINX runs in ${common.dir}`);
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await gateway.runGateway({ ...common, signal: stop.signal });
}

/** `fairway gateway`. */
export function gatewayCommand(): Command {
  const examples = ['fairway gateway nginx public -n shop --watch', 'fairway gateway nginx public -n shop --print'];
  const make = addNamespace(addConnection(command('nginx', 'Run an NGINX as a Gateway resource says', examples)))
    .argument('<name>', 'of the Gateway resource')
    .option('--watch', 'stay, and follow changes of resources and instances; NGINX ends with this command')
    .option('--print', 'only print the configuration')
    .option('--dir <dir>', 'where NGINX keeps its configuration, pid and log (default: in the data directory)')
    .option('--nginx <program>', 'the program; default: nginx')
    .option('--workers <n>', 'worker processes (default: one per processor)', parseWhole('--workers', 1, 256))
    .action(nginx);
  return group('gateway', 'Run a gateway: where requests from outside come in', examples).addCommand(make);
}
