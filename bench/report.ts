import { readdir, readFile } from 'node:fs/promises';
import { chainTable } from './chain/table.ts';
import { consoleRows } from './console/row.ts';
import { decisionTable } from './decision.ts';
import { fleetRows } from './fleet/row.ts';
import { table } from './markdown.ts';
import { memoryTable } from './memory/table.ts';
import { startTable } from './start/table.ts';

/** What one benchmark found, and on what. */
export interface ResultFile {
  readonly machine: {
    readonly node: string;
    readonly cores: number;
    readonly cpu: string;
    readonly date: string;
    /** How much of it was done, for example `20 rounds`; absent: it has no measure. */
    readonly extent?: string | undefined;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each benchmark has results of its own kind
  readonly results: readonly any[];
}

interface Section {
  readonly title: string;
  readonly table: (results: ResultFile['results']) => string;
}

/** In the order of the page. Results of benchmark `chain` are in `chain.json`, or `chain-node24.json` and so on. */
const SECTIONS: Readonly<Record<string, Section>> = {
  chain: { title: 'Chain of three services', table: chainTable },
  memory: { title: 'Memory over many requests', table: memoryTable },
  start: { title: 'Start of a process', table: startTable },
  decision: { title: 'One decision', table: decisionTable },
  fleet: { title: 'A fleet of agents', table: ([fleet]) => table(['', ''], fleetRows(fleet)) },
  console: { title: 'The console', table: ([result]) => table(['', ''], consoleRows(result)) },
};

/** One section of the page. `name`: of the result file, without its ending. */
export function sectionOf(name: string, { machine, results }: ResultFile): string {
  const [kind = '', node] = name.split('-');
  const section = SECTIONS[kind];
  if (!section) throw new Error(`bench/report.ts has no section ${kind}`);
  const title = node === undefined ? section.title : `${section.title}, Node.js ${node.replace('node', '')}`;
  const { cores, cpu, date, extent } = machine;
  const where = [`Node.js ${machine.node}`, `${cores} cores (${cpu})`, ...(extent ? [extent] : []), date].join(', ');
  return `### ${title}\n\n${where}.\n\n${section.table(results)}`;
}

async function sections(folder: URL): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
  const rank = (name: string) => Object.keys(SECTIONS).indexOf(name.split('-')[0] ?? '');
  names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  return Promise.all(
    names.map(async (name) => sectionOf(name, JSON.parse(await readFile(new URL(`${name}.json`, folder), 'utf8')))),
  );
}

const START = '<!-- results: made by make bench -->';
const END = '<!-- end of results -->';

/** The page with its tables made anew from the result files. */
export async function withSections(page: string, folder: URL): Promise<string> {
  const made = await sections(folder);
  const [before] = page.split(START);
  const after = page.split(END)[1] ?? '\n';
  return `${before}${START}\n\n${made.join('\n\n')}\n\n${END}${after}`;
}
