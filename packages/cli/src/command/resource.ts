import type { HistoryEntry, ResourceAddress, StoredResource } from '@fairway/client';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import {
  addConnection,
  addNamespace,
  command,
  namespaceFilter,
  namespaceOption,
  parseKind,
  parseWhole,
  type RemoteOptions,
} from '../option.ts';
import { show, table } from '../terminal.ts';
import { changeText } from './apply.ts';

interface ResourceOptions extends RemoteOptions {
  readonly namespace?: string;
  readonly yaml?: boolean;
  readonly reason?: string;
  readonly to?: number;
}

function address(kind: string, name: string, options: ResourceOptions): ResourceAddress {
  const parsed = parseKind(kind);
  return { kind: parsed, name, namespace: parsed === 'Namespace' ? name : namespaceOption(options) };
}

function listText(items: readonly StoredResource[]): string {
  if (items.length === 0) return 'no resources';
  const rows = items.map(({ resource, key, revision, updatedAt, author }) => [
    resource.kind,
    key.replace(/\/[^/]*\//, '/'),
    String(revision),
    updatedAt,
    author,
  ]);
  return table(['KIND', 'NAME', 'REVISION', 'CHANGED', 'BY'], rows);
}

async function yamlOf(items: readonly StoredResource[]): Promise<string> {
  const { stringify } = await import('yaml');
  return items.map(({ resource }) => stringify(resource).trimEnd()).join('\n---\n');
}

async function get(kind: string | undefined, name: string | undefined, options: ResourceOptions): Promise<void> {
  const client = await connect(options);
  if (kind !== undefined && name !== undefined) {
    const stored = await client.get(address(kind, name, options));
    const yaml = await yamlOf([stored]);
    return show(options.json, stored, () => yaml);
  }
  const filter = { namespace: namespaceFilter(options), kind: kind === undefined ? undefined : parseKind(kind) };
  const items = await client.list(filter);
  const text = options.yaml ? await yamlOf(items) : listText(items);
  show(options.json, { items }, () => text);
}

async function remove(kind: string, name: string, options: ResourceOptions): Promise<void> {
  const change = await (await connect(options)).delete(address(kind, name, options), { reason: options.reason });
  show(options.json, change, () => changeText({ ...change, diff: [] }));
}

function entryText(entry: HistoryEntry): string {
  const reason = entry.reason ? `  "${entry.reason}"` : '';
  const fields = entry.diff.filter(({ path }) => path !== '');
  const lines = fields.map(
    ({ path, before, after }) => `    ${path}: ${JSON.stringify(before ?? null)} -> ${JSON.stringify(after ?? null)}`,
  );
  return [`${entry.revision}  ${entry.at}  ${entry.author}  ${entry.action}${reason}`, ...lines].join('\n');
}

async function history(kind: string, name: string, options: ResourceOptions): Promise<void> {
  const items = await (await connect(options)).history(address(kind, name, options));
  show(options.json, { items }, () => items.map(entryText).join('\n'));
}

async function undo(kind: string, name: string, options: ResourceOptions): Promise<void> {
  const change = await (await connect(options)).undo(address(kind, name, options), {
    to: options.to,
    reason: options.reason,
  });
  show(options.json, change, () => changeText(change));
}

function base(name: string, summary: string, examples: readonly string[]): Command {
  return addNamespace(addConnection(command(name, summary, examples)));
}

/** `fairway get`. */
export function getCommand(): Command {
  return base('get', 'Show resources: all, of one kind, or one', [
    'fairway get',
    'fairway get lanes',
    'fairway get lane gray -n shop',
    'fairway get --yaml > backup.yaml',
  ])
    .argument('[kind]', 'lane, split, service, route, policy, gateway or namespace')
    .argument('[name]', 'name of one resource')
    .option('--yaml', 'as YAML, to be applied again')
    .action(get);
}

/** `fairway delete`. */
export function deleteCommand(): Command {
  return base('delete', 'Delete a resource', ['fairway delete lane gray -n shop'])
    .argument('<kind>')
    .argument('<name>')
    .option('--reason <text>', 'why; kept in the history')
    .action(remove);
}

/** `fairway history`. */
export function historyCommand(): Command {
  return base('history', 'Show who changed a resource, when and how', ['fairway history lane gray -n shop'])
    .argument('<kind>')
    .argument('<name>')
    .action(history);
}

/** `fairway undo`. */
export function undoCommand(): Command {
  return base('undo', 'Take back the latest change of a resource, or all after a revision', [
    'fairway undo lane gray -n shop',
    'fairway undo lane gray --to 12 --reason "too many errors"',
  ])
    .argument('<kind>')
    .argument('<name>')
    .option('--to <revision>', 'what it was after this revision', parseWhole('--to', 1, 2_147_483_647))
    .option('--reason <text>', 'why; kept in the history')
    .action(undo);
}
