import { writeFile } from 'node:fs/promises';
import { busiest, type Client, type Diagnosis } from '@fairway/client';
import {
  DIAGNOSIS_KINDS,
  type DiagnosisKind,
  FairwayError,
  type Findings,
  type Frame,
  MAX_DIAGNOSIS_SECONDS,
} from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { addConnection, command, parseWhole, type RemoteOptions } from '../option.ts';
import { show, TERMINAL, table } from '../terminal.ts';

interface DiagnoseOptions extends RemoteOptions {
  readonly seconds: number;
  readonly out?: string;
  readonly reason?: string;
}

const MIB = 1024 * 1024;
const TOP = 20;
/** In the order in which a bundle asks for them: what costs least first. */
const BUNDLE: readonly DiagnosisKind[] = ['configuration', 'handles', 'stalls', 'profile', 'heap', 'log'];

const percent = (share: number) => `${(share * 100).toFixed(1)}%`;
const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;

function frameText({ name, file, line }: Frame): string {
  return file === '' ? name : `${name} (${file}:${line})`;
}

const TEXT: { readonly [K in DiagnosisKind]: (found: NonNullable<Findings[K]>) => string } = {
  profile(profile) {
    const rows = busiest(profile, TOP).map(({ name, at, selfMs, share }) => [
      percent(share),
      selfMs.toFixed(0),
      name,
      at,
    ]);
    return rows.length === 0 ? 'nothing ran' : table(['BUSY', 'SELF MS', 'FUNCTION', 'WHERE'], rows);
  },
  stalls({ thresholdMs, watchedMs, count, totalMs, longest }) {
    const head = `${count} stalls of ${thresholdMs} ms and more in ${(watchedMs / 1000).toFixed(1)} s, ${totalMs} ms together`;
    const lines = longest.flatMap(({ atMs, tookMs, stacks }) => [
      `after ${atMs} ms, for ${tookMs} ms:`,
      ...stacks.flatMap(({ share, frames }) =>
        frames.map((frame, i) => `${i === 0 ? percent(share).padStart(8) : ' '.repeat(8)}  ${frameText(frame)}`),
      ),
    ]);
    return [head, ...lines].join('\n');
  },
  heap({ rssBytes, heapUsedBytes, heapLimitBytes, externalBytes, spaces, allocations }) {
    const head = `heap ${mib(heapUsedBytes)} of at most ${mib(heapLimitBytes)}, outside of it ${mib(externalBytes)}, process ${mib(rssBytes)}`;
    const inUse = spaces.filter(({ usedBytes }) => usedBytes > 0);
    const rows = allocations
      .slice(0, TOP)
      .map(({ bytes, frames: [first] }) => [mib(bytes), first ? frameText(first) : '(engine)']);
    return [
      head,
      table(
        ['SPACE', 'USED', 'SIZE'],
        inUse.map(({ name, usedBytes, sizeBytes }) => [name, mib(usedBytes), mib(sizeBytes)]),
      ),
      ...(rows.length > 0 ? ['allocated meanwhile, and still there:', table(['SIZE', 'BY'], rows)] : []),
    ].join('\n');
  },
  handles({ resources, listening, connections }) {
    const rows = Object.entries(resources).map(([type, count]) => [type, String(count)]);
    return [
      table(['OPEN', 'COUNT'], rows),
      `listens at ${listening.join(', ') || 'nothing'}`,
      ...(connections.length > 0
        ? [
            table(
              ['CONNECTED WITH', 'COUNT'],
              connections.map(({ peer, count }) => [peer, String(count)]),
            ),
          ]
        : []),
    ].join('\n');
  },
  configuration: (configuration) => JSON.stringify(configuration, null, 2),
  log: ({ lines, dropped }) =>
    [...lines, ...(dropped > 0 ? [`(and ${dropped} lines more)`] : [])].join('\n') || 'the agent said nothing',
};

function textOf({ kind, findings }: Diagnosis): string {
  const found = findings?.[kind];
  // Which text goes with which finding is a matter of the kind, and the server has checked that.
  return found ? (TEXT[kind] as (found: unknown) => string)(found) : '';
}

function parseKind(text: string): DiagnosisKind | 'bundle' {
  const kind = [...DIAGNOSIS_KINDS, 'bundle' as const].find((known) => known === text);
  if (kind) return kind;
  throw new FairwayError(
    'FAIRWAY_INVALID',
    `kind: found ${JSON.stringify(text)}, expected one of ${DIAGNOSIS_KINDS.join(', ')}, bundle`,
  );
}

/** Asks, and waits until there is an answer. */
async function examined(
  client: Client,
  instance: string,
  kind: DiagnosisKind,
  options: DiagnoseOptions,
): Promise<Diagnosis> {
  const { seconds, reason } = options;
  const { id } = await client.diagnose(instance, { kind, seconds, reason });
  let diagnosis = await client.diagnosis(id);
  while (diagnosis.state === 'running') diagnosis = await client.diagnosis(id);
  return diagnosis;
}

async function single(client: Client, instance: string, kind: DiagnosisKind, options: DiagnoseOptions): Promise<void> {
  const diagnosis = await examined(client, instance, kind, options);
  if (diagnosis.state !== 'done') throw new FairwayError('FAIRWAY_CONFLICT', `${instance}: ${diagnosis.why}`);
  if (options.out !== undefined) {
    await written(options.out, diagnosis.findings?.[kind]);
    if (kind === 'profile') TERMINAL.say(`${options.out} can be opened in DevTools of a browser (Performance)`);
  }
  show(options.json, diagnosis, () => textOf(diagnosis));
}

async function bundle(client: Client, instance: string, options: DiagnoseOptions): Promise<void> {
  const known = (await client.instances()).find(({ id }) => id === instance);
  const agent = (await client.agents()).find((one) => one.instance === instance);
  const found: Diagnosis[] = [];
  for (const kind of BUNDLE) {
    TERMINAL.say(`${kind} …`);
    found.push(await examined(client, instance, kind, options));
  }
  const losses = known ? await client.losses({ service: known.service, since: '1h' }) : null;
  const file = options.out ?? `${instance}.json`;
  await written(file, { instance: known ?? null, agent: agent ?? null, diagnoses: found, losses });
  const states = found.map(({ kind, state, why }) => ({ kind, state, why }));
  show(options.json, { file, diagnoses: states }, () =>
    [`written: ${file}`, ...states.flatMap(({ kind, why }) => (why === null ? [] : [`${kind}: ${why}`]))].join('\n'),
  );
}

async function written(file: string, value: unknown): Promise<void> {
  try {
    // What an application is made of is not for everybody.
    await writeFile(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FairwayError('FAIRWAY_ENVIRONMENT', `cannot write ${file}: ${why}`, { cause: error });
  }
}

async function diagnose(instance: string, kindText: string, options: DiagnoseOptions): Promise<void> {
  const kind = parseKind(kindText);
  const client = await connect(options);
  return kind === 'bundle' ? bundle(client, instance, options) : single(client, instance, kind, options);
}

/** `fairway diagnose`. */
export function diagnoseCommand(): Command {
  const examples = [
    'fairway diagnose order-1 profile --seconds 10 --out order-1.cpuprofile',
    'fairway diagnose order-1 stalls',
    'fairway diagnose order-1 bundle --out order-1.json',
  ];
  return addConnection(command('diagnose', 'Look into a running instance, for some seconds', examples))
    .argument('<instance>')
    .argument('<kind>', `${DIAGNOSIS_KINDS.join(', ')}; or bundle: all of them, in one file`)
    .option('--seconds <n>', 'how long it watches', parseWhole('--seconds', 1, MAX_DIAGNOSIS_SECONDS), 5)
    .option('--out <file>', 'write what was found as JSON; a profile as a .cpuprofile')
    .option('--reason <text>', 'why; kept in the audit log')
    .action(diagnose);
}
