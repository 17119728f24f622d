import { FairwayError, KINDS, type Kind } from '@fairway/model';
import { Command } from 'commander';

/** Options that every command has. */
export interface JsonOption {
  readonly json?: boolean;
}

/** Options of commands that ask the control plane. */
export interface RemoteOptions extends JsonOption {
  readonly server?: string;
  readonly token?: string;
  readonly dataDir?: string;
}

/** A command that only holds others: it has no options, because it would take them from those. */
export function group(name: string, summary: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ ${example}`);
  return new Command(name).description(summary).addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** A command with an example in its help and `--json`. */
export function command(name: string, summary: string, examples: readonly string[]): Command {
  return group(name, summary, examples).option('--json', 'write the result as JSON');
}

/** Adds the options that name the control plane. */
export function addConnection(to: Command): Command {
  return to
    .option(
      '--server <url>',
      'control plane, of several replicas a list with commas (or FAIRWAY_SERVER; default: the one that "fairway up" started here)',
    )
    .option('--token <token>', 'admin or viewer token (or FAIRWAY_TOKEN; better: not seen by other processes)')
    .option('--data-dir <dir>', 'where "fairway up" keeps its files (default: .fairway)');
}

/** Adds the namespace, `default` unless FAIRWAY_NAMESPACE says otherwise. */
export function addNamespace(to: Command): Command {
  return to.option('-n, --namespace <name>', 'namespace (or FAIRWAY_NAMESPACE)');
}

/** The namespace that a command means. */
export function namespaceOption(options: { readonly namespace?: string | undefined }): string {
  return options.namespace ?? (process.env['FAIRWAY_NAMESPACE'] || 'default');
}

/** The namespace of a command that otherwise speaks of all of them. */
export function namespaceFilter(options: { readonly namespace?: string | undefined }): string | undefined {
  return options.namespace ?? (process.env['FAIRWAY_NAMESPACE'] || undefined);
}

const ALIASES: Readonly<Record<string, Kind>> = { ns: 'Namespace', svc: 'Service', gw: 'Gateway', policies: 'Policy' };

/** A kind as people write it: `lane`, `lanes`, `Lane`, `ns`. @throws FairwayError FAIRWAY_INVALID */
export function parseKind(text: string): Kind {
  const wanted = text.toLowerCase();
  const kind =
    ALIASES[wanted] ?? KINDS.find((known) => [known.toLowerCase(), `${known.toLowerCase()}s`].includes(wanted));
  if (kind) return kind;
  throw new FairwayError('FAIRWAY_INVALID', `kind: found ${JSON.stringify(text)}, expected one of ${KINDS.join(', ')}`);
}

/** A whole number from an option. @throws FairwayError FAIRWAY_INVALID naming it */
export function parseWhole(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new FairwayError(
      'FAIRWAY_INVALID',
      `${name}: found ${JSON.stringify(text)}, expected a number from ${min} to ${max}`,
    );
  };
}

/** An option of a certain form. @throws FairwayError FAIRWAY_INVALID naming it */
export function parseForm(name: string, form: RegExp, expected: string): (text: string) => string {
  return (text) => {
    if (form.test(text)) return text;
    throw new FairwayError('FAIRWAY_INVALID', `${name}: found ${JSON.stringify(text)}, expected ${expected}`);
  };
}

/** Collects an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
