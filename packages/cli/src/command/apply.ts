import type { ApplyResult, Change, Client, FieldChange, Warning } from '@fairway/client';
import type { Command } from 'commander';
import { acknowledgement, waitedText } from '../acknowledgement.ts';
import { connect } from '../connection.ts';
import { placedError, readManifests, type Written } from '../manifest.ts';
import { addConnection, addNamespace, collect, command, namespaceFilter, type RemoteOptions } from '../option.ts';
import { show } from '../terminal.ts';

interface ApplyOptions extends RemoteOptions {
  readonly file: readonly string[];
  readonly namespace?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly reason?: string;
  readonly exitCode?: boolean;
}

/** What became different, a field a line. */
export function fieldText(diff: readonly FieldChange[]): string[] {
  const value = (one: unknown) => (one === undefined ? '' : JSON.stringify(one));
  const fields = diff.filter(({ path }) => path !== '');
  return fields.map(({ path, before, after }) => {
    if (before === undefined || before === null) return `    + ${path}: ${value(after)}`;
    if (after === undefined || after === null) return `    - ${path}: ${value(before)}`;
    return `    ~ ${path}: ${value(before)} -> ${value(after)}`;
  });
}

/** One change of one resource, and below it what became different. */
export function changeText({ kind, namespace, name, action, diff, request }: Change): string {
  const later = request === undefined ? '' : requestedText(request);
  return [`${kind} ${namespace}/${name} ${action}`, ...fieldText(diff), ...(later ? [later] : [])].join('\n');
}

/** That something is not done yet. */
function requestedText(request: string): string {
  return `NOT YET: the namespace is protected; somebody else makes it so: fairway request approve ${request}`;
}

function warningText({ key, path, text }: Warning): string {
  return `warning: ${key} ${path}: ${text}`;
}

async function send(client: Client, written: readonly Written[], options: ApplyOptions): Promise<ApplyResult> {
  const resources = written.map(({ resource }) => resource);
  return client
    .apply(resources, { dryRun: options.dryRun ?? false, reason: options.reason })
    .catch((error: unknown) => {
      throw placedError(error, written);
    });
}

async function apply(options: ApplyOptions): Promise<void> {
  const written = await readManifests(options.file, namespaceFilter(options));
  const client = await connect(options);
  const sinceMs = performance.now();
  const result = await send(client, written, options);
  const isWaiting = options.wait && !options.dryRun && result.request === undefined;
  const waited = isWaiting ? await acknowledgement(client, result.revision, sinceMs) : undefined;
  show(options.json, { ...result, ...waited }, () =>
    [
      ...result.changes.map(changeText),
      ...result.warnings.map(warningText),
      ...(result.request === undefined ? [] : [requestedText(result.request)]),
      ...(options.dryRun ? ['(dry run: nothing was changed)'] : []),
      ...(waited ? [waitedText(waited)] : []),
    ].join('\n'),
  );
}

async function diff(options: ApplyOptions): Promise<void> {
  const written = await readManifests(options.file, namespaceFilter(options));
  const result = await send(await connect(options), written, { ...options, dryRun: true });
  const changes = result.changes.filter(({ action }) => action !== 'unchanged');
  const { warnings } = result;
  show(options.json, { changes, warnings }, () =>
    [...(changes.length > 0 ? changes.map(changeText) : ['no difference']), ...warnings.map(warningText)].join('\n'),
  );
  if (options.exitCode && changes.length > 0) process.exitCode = 1;
}

function withFiles(to: Command): Command {
  return addNamespace(addConnection(to)).requiredOption(
    '-f, --file <path>',
    'YAML or JSON file, directory, or - for standard input; may be repeated',
    collect,
  );
}

/** `fairway apply`. */
export function applyCommand(): Command {
  const examples = [
    'fairway apply -f lanes.yaml',
    'fairway apply -f deploy/ --dry-run',
    'kustomize build . | fairway apply -f - --wait',
  ];
  return withFiles(command('apply', 'Create or change resources: all of them or none', examples))
    .option('--dry-run', 'only tell what would change')
    .option('--wait', 'wait until all connected agents have acknowledged (at most 30 s)')
    .option('--reason <text>', 'why; kept in the history')
    .action(apply);
}

/** `fairway diff`. */
export function diffCommand(): Command {
  return withFiles(
    command('diff', 'Tell what apply would change', ['fairway diff -f lanes.yaml', 'fairway diff -f . --exit-code']),
  )
    .option('--exit-code', 'exit with 1 when there is a difference')
    .action(diff);
}
