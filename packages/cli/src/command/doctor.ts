import { FairwayError } from '@fairway/model';
import type { Command } from 'commander';
import type { Finding } from '../doctor/finding.ts';
import {
  addConnection,
  addNamespace,
  command,
  namespaceFilter,
  namespaceOption,
  parseWhole,
  type RemoteOptions,
} from '../option.ts';
import { show } from '../terminal.ts';

interface DoctorOptions extends RemoteOptions {
  readonly namespace?: string;
  readonly pid?: number;
  readonly url?: string;
  readonly at?: string;
}

const MARKS = { fine: 'ok  ', note: 'note', problem: 'BAD ' };

async function examined(options: DoctorOptions): Promise<readonly Finding[]> {
  checkTogether(options);
  const { examine, examinePid, examineUrl } = await import('../doctor/examine.ts');
  if (options.pid !== undefined) return examinePid(options, options.pid);
  if (options.url === undefined) return examine(options, namespaceFilter(options));
  return examineUrl(options, parseUrl(options.url), { namespace: namespaceOption(options), at: options.at });
}

function checkTogether({ pid, url, at }: DoctorOptions): void {
  if (pid !== undefined && url !== undefined)
    throw new FairwayError('FAIRWAY_INVALID', 'found --pid and --url, expected one of them');
  if (at !== undefined && url === undefined)
    throw new FairwayError('FAIRWAY_INVALID', 'found --at without --url, expected both');
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new FairwayError(
    'FAIRWAY_INVALID',
    `--url: found ${JSON.stringify(text)}, expected a URL as the application dials it, for example http://order:8080`,
  );
}

async function doctor(options: DoctorOptions): Promise<void> {
  const findings = await examined(options);
  const problems = findings.filter(({ level }) => level === 'problem').length;
  show(options.json, { findings, problems }, () =>
    [
      ...findings.flatMap(({ level, what, advice }) => [
        `${MARKS[level]} ${what}`,
        ...(advice ? [`       ${advice}`] : []),
      ]),
      problems === 0 ? 'no problems' : `${problems} problem${problems > 1 ? 's' : ''}`,
    ].join('\n'),
  );
  if (problems > 0) process.exitCode = 1;
}

/** `fairway doctor`. */
export function doctorCommand(): Command {
  const examples = [
    'fairway doctor',
    'fairway doctor -n shop --json',
    'fairway doctor --pid 4711',
    'fairway doctor --url http://order:8080 --at web-1',
  ];
  return addNamespace(
    addConnection(command('doctor', 'Look for what is wrong here and say what to do; exit with 1 if so', examples)),
  )
    .option('--pid <pid>', 'why a process of this machine is not governed', parseWhole('--pid', 1, 4_194_304))
    .option('--url <url>', 'why calls to an address, as applications dial it, are not governed')
    .option('--at <instance>', 'with --url: as this instance dials it; else from the namespace')
    .action(doctor);
}
