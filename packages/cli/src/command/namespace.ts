import type { NamespaceSummary } from '@fairway/client';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, command, group, type RemoteOptions } from '../option.ts';
import { show, table } from '../terminal.ts';
import { switchCommands } from './switch.ts';

function governedText({ enabled, off: { services, instances } }: NamespaceSummary): string {
  if (!enabled) return 'off';
  const parts = [...services, ...instances];
  return parts.length === 0 ? 'on' : `on, without ${parts.join(', ')}`;
}

async function list(options: RemoteOptions): Promise<void> {
  const items = await (await connect(options)).namespaces();
  show(options.json, { items }, () =>
    table(
      ['NAMESPACE', 'SERVICES', 'INSTANCES', 'GOVERNED'],
      items.map((one) => [one.name, String(one.services), String(one.instances), governedText(one)]),
    ),
  );
}

/** `fairway namespace`. */
export function namespaceCommand(): Command {
  const own = group('namespace', 'Show namespaces, and turn governance on or off in one', [
    'fairway namespace list',
    'fairway namespace off shop --reason "to rule Fairway out"',
  ])
    .alias('ns')
    .addCommand(addConnection(command('list', 'Show all namespaces', ['fairway namespace list'])).action(list));
  const switches = switchCommands('namespace', 'shop', (client, name, enabled, { reason }) =>
    client.setNamespace(name, enabled, reason),
  );
  for (const one of switches) own.addCommand(one);
  return own;
}
