import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, ReleaseAddress, ReleaseOrder } from '@fairway/client';
import { DURATION_PATTERN, durationMs, FairwayError, isFairwayError, type ReleaseStatus } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { readRelease } from '../manifest.ts';
import {
  addConnection,
  addNamespace,
  command,
  group,
  namespaceFilter,
  namespaceOption,
  parseForm,
  parseWhole,
  type RemoteOptions,
} from '../option.ts';
import { eventText, listText, placeText, statusText } from '../release-text.ts';
import { show, TERMINAL, TOO_LITTLE_STATUS } from '../terminal.ts';

interface ReleaseOptions extends RemoteOptions {
  readonly namespace?: string;
}

interface StartOptions extends ReleaseOptions, WaitOptions {
  readonly file: string;
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly wait?: boolean;
}

interface WaitOptions extends ReleaseOptions {
  readonly until: Until;
  readonly timeout: string;
}

type Until = 'ended' | 'approval' | 'replacing';

const AGAIN_MS = 1_000;
/** A control plane that is away may come back for so long. */
const AWAY_MS = 120_000;

function addressOf(name: string, options: ReleaseOptions): ReleaseAddress {
  return { namespace: namespaceOption(options), name };
}

/** Exit status of a release that was waited for: promoted, or rolled back. */
function endStatus({ state }: ReleaseStatus): number {
  return state.phase === 'promoted' ? 0 : 1;
}

function hasEnded({ state }: ReleaseStatus): boolean {
  return state.phase === 'promoted' || state.phase === 'rolledBack';
}

/** Tells what happens, a line each; on a terminal also what it waits for now, in a line that is written over. */
function teller(isQuiet: boolean) {
  const isTerminal = process.stderr.isTTY === true && !isQuiet;
  let told = 0;
  let place = '';
  const wipe = () => void (isTerminal && place && process.stderr.write('\r\u001b[K'));
  return {
    tell(status: ReleaseStatus): void {
      if (isQuiet) return;
      wipe();
      for (const event of status.state.history.slice(told)) TERMINAL.say(eventText(event));
      told = status.state.history.length;
      const now = placeText(status);
      if (isTerminal) process.stderr.write(now.slice(0, (process.stderr.columns || 80) - 1));
      else if (now !== place && !hasEnded(status)) TERMINAL.say(now);
      place = now;
    },
    end: wipe,
  };
}

/** Asks for the release; over a control plane that is away for a while. */
async function read(client: Client, address: ReleaseAddress): Promise<ReleaseStatus> {
  const startMs = performance.now();
  for (;;) {
    try {
      return await client.release(address);
    } catch (error) {
      const isAway = isFairwayError(error) && ['FAIRWAY_UNREACHABLE', 'FAIRWAY_STORE_UNAVAILABLE'].includes(error.code);
      if (!isAway || performance.now() - startMs > AWAY_MS) throw error;
      await delay(AGAIN_MS);
    }
  }
}

/** Whether a release that goes on has come to what is waited for. */
function hasCome({ state, watch }: ReleaseStatus, until: Until): boolean {
  if (until === 'replacing') return state.promotion === 'replacing';
  const waits = watch?.waitsFor ?? [];
  return until === 'approval' && waits.some(({ what }) => what === 'approval' || what === 'promotion');
}

/** Follows a release until it ended, or has come to what is waited for; sets the exit status. */
async function follow(client: Client, address: ReleaseAddress, options: WaitOptions): Promise<void> {
  const { until, timeout, json = false } = options;
  const startMs = performance.now();
  const maxMs = durationMs(timeout);
  const told = teller(json);
  for (;;) {
    const status = await read(client, address);
    told.tell(status);
    const isThere = hasCome(status, until);
    const isOver = performance.now() - startMs >= maxMs;
    if (hasEnded(status) || isThere || isOver) {
      told.end();
      process.exitCode = isThere ? 0 : hasEnded(status) ? endStatus(status) : TOO_LITTLE_STATUS;
      show(json, status, () => placeText(status));
      return;
    }
    await delay(Math.min(AGAIN_MS, maxMs));
  }
}

async function start(options: StartOptions): Promise<void> {
  const release = await readRelease(options.file, { name: options.name, namespace: namespaceOption(options) });
  const client = await connect(options);
  const { dryRun = false, reason } = options;
  const status = await client.startRelease(release, { dryRun, reason });
  if (options.wait && !dryRun) {
    const { name, namespace = namespaceOption(options) } = release.metadata;
    return follow(client, { name, namespace }, options);
  }
  show(options.json, status, () =>
    [statusText(status), ...(dryRun ? ['(dry run: nothing was begun)'] : [])].join('\n'),
  );
}

async function report(
  name: string,
  options: ReleaseOptions & { format: 'html' | 'markdown'; out?: string },
): Promise<void> {
  const client = await connect(options);
  const address = addressOf(name, options);
  if (options.json) return show(true, await client.release(address), () => '');
  const text = await client.releaseReport(address, options.format);
  if (options.out === undefined) return TERMINAL.out(text.trimEnd());
  await writeFile(options.out, text).catch((cause: Error) => {
    throw new FairwayError('FAIRWAY_ENVIRONMENT', `${options.out} cannot be written: ${cause.message}`, { cause });
  });
  TERMINAL.say(`wrote ${options.out}`);
}

function addWait(to: Command): Command {
  const time = parseForm('--timeout', new RegExp(DURATION_PATTERN), 'a time as 30m');
  const until = parseForm('--until', /^(?:ended|approval|replacing)$/, 'ended, approval or replacing');
  return to
    .option(
      '--until <what>',
      'ended; approval: until somebody must approve or promote it; replacing: until base must be replaced',
      until,
      'ended',
    )
    .option('--timeout <time>', 'give up waiting after so long, with exit status 9; the release goes on', time, '24h');
}

const ORDERS: readonly (readonly [ReleaseOrder, string])[] = [
  ['approve', 'Let a release go on that waits for approval'],
  ['pause', 'Hold a release; it is still watched, and rolled back where it must be'],
  ['resume', 'Let a release that is held go on'],
  ['promote', 'Promote a release without its other steps; or say that base is replaced'],
  ['abort', 'Roll a release back: its lane is turned off everywhere'],
];

function orderCommand(order: ReleaseOrder, summary: string): Command {
  const examples = [`fairway release ${order} prices-2 -n shop --reason "looks good"`];
  const made = addNamespace(addConnection(command(order, summary, examples)))
    .argument('<name>')
    .option('--reason <text>', 'why; kept in the history')
    .action(async (name: string, options: ReleaseOptions & { reason?: string }) => {
      const status = await (await connect(options)).orderRelease(addressOf(name, options), order, options.reason);
      show(options.json, status, () => placeText(status));
    });
  return order === 'abort' ? made.alias('rollback') : made;
}

function startCommand(): Command {
  const examples = ['fairway release start -f release.yaml --wait', 'fairway release start -f release.yaml --dry-run'];
  return addWait(addNamespace(addConnection(command('start', 'Begin a release; it goes on by itself', examples))))
    .requiredOption('-f, --file <path>', 'YAML or JSON file with one Release, or - for standard input')
    .option('--name <name>', 'call it so, and not as in the file: prices-$BUILD_NUMBER')
    .option('--dry-run', 'only check it, and tell its steps')
    .option('--wait', 'wait as "fairway release wait" does')
    .option('--reason <text>', 'why; kept in the history')
    .action(start);
}

function readCommands(): Command[] {
  const list = addNamespace(
    addConnection(command('list', 'List releases, the latest first', ['fairway release list'])),
  );
  const status = addNamespace(
    addConnection(
      command('status', 'Tell where a release stands, and what happened', ['fairway release status prices-2']),
    ),
  );
  const wait = addWait(
    addNamespace(
      addConnection(
        command('wait', 'Follow a release to its end: exit status 0 promoted, 1 rolled back, 9 neither in time', [
          'fairway release wait prices-2 --timeout 1h',
          'fairway release wait prices-2 --until approval',
        ]),
      ),
    ),
  );
  return [
    list.action(async (options: ReleaseOptions) => {
      const items = await (await connect(options)).releases(namespaceFilter(options));
      show(options.json, { items }, () => listText(items));
    }),
    status.argument('<name>').action(async (name: string, options: ReleaseOptions) => {
      const found = await (await connect(options)).release(addressOf(name, options));
      show(options.json, found, () => statusText(found));
    }),
    wait.argument('<name>').action(async (name: string, options: WaitOptions) => {
      await follow(await connect(options), addressOf(name, options), options);
    }),
  ];
}

function jumpCommand(): Command {
  const examples = ['fairway release jump prices-2 1 -n shop'];
  return addNamespace(addConnection(command('jump', 'Take a release to one of its steps, back or forth', examples)))
    .argument('<name>')
    .argument('<step>', 'from 1 on', parseWhole('step', 1, 1_000))
    .option('--reason <text>', 'why; kept in the history')
    .action(async (name: string, to: number, options: ReleaseOptions & { reason?: string }) => {
      const status = await (await connect(options)).jumpRelease(addressOf(name, options), to, options.reason);
      show(options.json, status, () => placeText(status));
    });
}

function reportCommand(): Command {
  const examples = [
    'fairway release report prices-2 --out report.html',
    'fairway release report prices-2 --format markdown',
  ];
  const format = parseForm('--format', /^(?:html|markdown)$/, 'html or markdown');
  return addNamespace(addConnection(command('report', 'Tell what a release did and why, with its numbers', examples)))
    .argument('<name>')
    .option('--format <format>', 'html (one page that needs nothing else) or markdown', format, 'html')
    .option('--out <file>', 'write it there')
    .action(report);
}

/** `fairway release`. */
export function releaseCommand(): Command {
  const examples = [
    'fairway release start -f release.yaml --name prices-2 --wait',
    'fairway release approve prices-2',
    'fairway release rollback prices-2 --reason "wrong prices"',
  ];
  const all = group(
    'release',
    'Release several services as one thing: canary, observe, promote or roll back',
    examples,
  );
  const orders = ORDERS.map(([order, summary]) => orderCommand(order, summary));
  for (const one of [startCommand(), ...readCommands(), ...orders, jumpCommand(), reportCommand()]) all.addCommand(one);
  return all;
}
