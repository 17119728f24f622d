import type { ChangeRequest } from '@fairway/client';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, addNamespace, command, group, namespaceFilter, type RemoteOptions } from '../option.ts';
import { show } from '../terminal.ts';
import { changeText, fieldText } from './apply.ts';

interface RequestOptions extends RemoteOptions {
  readonly namespace?: string;
  readonly reason?: string;
}

function requestText({ id, author, at, reason, changes }: ChangeRequest): string {
  const head = `${id}  ${at.slice(0, 19)}  ${author}${reason ? `  "${reason}"` : ''}`;
  const lines = changes.flatMap(({ key, resource, diff }) => [
    `  ${key}${resource === null ? ' deleted' : ''}`,
    ...fieldText(diff),
  ]);
  return [head, ...lines].join('\n');
}

async function list(options: RequestOptions): Promise<void> {
  const items = await (await connect(options)).requests(namespaceFilter(options));
  show(options.json, { items }, () =>
    items.length === 0 ? 'no change waits for a second person' : items.map(requestText).join('\n'),
  );
}

async function approve(id: string, options: RequestOptions): Promise<void> {
  const done = await (await connect(options)).approveRequest(id);
  show(options.json, done, () => done.changes.map(changeText).join('\n'));
}

async function reject(id: string, options: RequestOptions): Promise<void> {
  await (await connect(options)).rejectRequest(id, options.reason);
  show(options.json, { id, rejected: true }, () => `request ${id} rejected`);
}

/** `fairway request`. */
export function requestCommand(): Command {
  const one = (name: string, summary: string) =>
    addConnection(command(name, summary, [`fairway request ${name} 0f8f…`])).argument('<id>');
  return group('request', 'Changes in protected namespaces that wait for a second person', ['fairway request list'])
    .addCommand(
      addNamespace(addConnection(command('list', 'List them', ['fairway request list -n shop']))).action(list),
    )
    .addCommand(one('approve', 'Make a change that somebody else asked for').action(approve))
    .addCommand(
      one('reject', 'Refuse a change, or take one back')
        .option('--reason <text>', 'why; kept in the audit log')
        .action(reject),
    );
}
