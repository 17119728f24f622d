import type { Change, Client } from '@fairway/client';
import type { Command } from 'commander';
import { acknowledgement, waitedText } from '../acknowledgement.ts';
import { connect } from '../connection.ts';
import { addConnection, addNamespace, command, group, namespaceOption, type RemoteOptions } from '../option.ts';
import { show } from '../terminal.ts';
import { changeText } from './apply.ts';

interface SwitchOptions extends RemoteOptions {
  readonly namespace?: string;
  readonly reason?: string;
  readonly wait?: boolean;
}

type Turn = (client: Client, name: string, enabled: boolean, options: SwitchOptions) => Promise<Change>;

function action(enabled: boolean, turn: Turn) {
  return async (name: string, options: SwitchOptions): Promise<void> => {
    const client = await connect(options);
    const sinceMs = performance.now();
    const change = await turn(client, name, enabled, options);
    const waited = options.wait ? await acknowledgement(client, change.revision, sinceMs, change.namespace) : undefined;
    show(options.json, { ...change, ...waited }, () =>
      [changeText(change), ...(waited ? [waitedText(waited)] : [])].join('\n'),
    );
  };
}

/** The commands `on` and `off` of something; `place` adds what else names it. */
export function switchCommands(of: string, example: string, turn: Turn, place = (to: Command) => to): Command[] {
  const make = (name: 'on' | 'off', summary: string) =>
    place(addConnection(command(name, summary, [`fairway ${of} ${name} ${example}`])))
      .argument(`<${of}>`)
      .option('--wait', 'wait until all connected agents have acknowledged (at most 30 s)')
      .option('--reason <text>', 'why; kept in the history')
      .action(action(name === 'on', turn));
  return [
    make('on', `Govern the traffic of ${article(of)} again`),
    make('off', `Pass the traffic of ${article(of)} through untouched`),
  ];
}

function article(of: string): string {
  return `${/^[aeiou]/.test(of) ? 'an' : 'a'} ${of}`;
}

function withCommands(to: Command, commands: readonly Command[]): Command {
  for (const one of commands) to.addCommand(one);
  return to;
}

/** `order`, of the namespace that the options say, or `shop/order`. */
function serviceNamed(text: string, options: SwitchOptions): { namespace: string; name: string } {
  const [name = '', namespace = namespaceOption(options)] = text.split('/').reverse();
  return { namespace, name };
}

/** `fairway service`. */
export function serviceCommand(): Command {
  const turn: Turn = (client, text, enabled, options) =>
    client.setService(serviceNamed(text, options), enabled, options.reason);
  const own = group('service', 'Turn governance on or off at all instances of a service', [
    'fairway service off order -n shop --wait',
    'fairway service on shop/order',
  ]);
  return withCommands(own, switchCommands('service', 'order -n shop', turn, addNamespace));
}

/** `fairway instance`. */
export function instanceCommand(): Command {
  const turn: Turn = (client, id, enabled, options) => client.setInstance(id, enabled, options.reason);
  const own = group('instance', 'Turn governance on or off at one instance', [
    'fairway instance off order-1 --reason "to rule Fairway out"',
    'fairway instance on order-1',
  ]);
  return withCommands(own, switchCommands('instance', 'order-1', turn));
}
