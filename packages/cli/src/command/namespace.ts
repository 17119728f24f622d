import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, command, group, type RemoteOptions } from '../option.ts';
import { show, table } from '../terminal.ts';
import { changeText } from './apply.ts';

async function list(options: RemoteOptions): Promise<void> {
  const items = await (await connect(options)).namespaces();
  show(options.json, { items }, () =>
    table(
      ['NAMESPACE', 'GOVERNED', 'SERVICES', 'INSTANCES'],
      items.map(({ name, enabled, services, instances }) => [
        name,
        enabled ? 'on' : 'off',
        String(services),
        String(instances),
      ]),
    ),
  );
}

function turn(enabled: boolean) {
  return async (name: string, options: RemoteOptions & { readonly reason?: string }): Promise<void> => {
    const change = await (await connect(options)).setNamespace(name, enabled, options.reason);
    show(options.json, change, () => changeText(change));
  };
}

function switchCommand(name: 'on' | 'off', summary: string): Command {
  return addConnection(command(name, summary, [`fairway namespace ${name} shop`]))
    .argument('<namespace>')
    .option('--reason <text>', 'why; kept in the history')
    .action(turn(name === 'on'));
}

/** `fairway namespace`. */
export function namespaceCommand(): Command {
  return group('namespace', 'Show namespaces, and turn governance on or off in one', [
    'fairway namespace list',
    'fairway namespace off shop --reason "to rule Fairway out"',
  ])
    .alias('ns')
    .addCommand(addConnection(command('list', 'Show all namespaces', ['fairway namespace list'])).action(list))
    .addCommand(switchCommand('on', 'Govern the traffic of a namespace'))
    .addCommand(switchCommand('off', 'Pass the traffic of a namespace through untouched'));
}
