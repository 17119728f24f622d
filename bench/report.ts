import { readdir, readFile } from 'node:fs/promises';
import type { ChainResult } from './chain/main.ts';
import type { Quartiles } from './chain/measure.ts';
import type { StartResult } from './start/main.ts';

interface Machine {
  readonly node: string;
  readonly cores: number;
  readonly cpu: string;
  readonly date: string;
}

interface DecisionResult {
  readonly instances: number;
  readonly rules: number;
  readonly headers: number;
  readonly nanoseconds: Quartiles;
}

function ratio({ p25, p50, p75 }: Quartiles): string {
  return `${p50.toFixed(2)} [${p25.toFixed(2)}–${p75.toFixed(2)}]`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function chainTable(results: readonly ChainResult[]): string {
  const head = [
    '',
    'throughput',
    'CPU per request',
    'latency, 1 connection',
    'p50, 16 connections',
    'p99',
    'CPU µs per request',
    'RSS, 3 processes',
  ];
  const rows = results.map(({ variant, ratios, values }) => [
    variant,
    ratio(ratios.requestsPerSecond),
    ratio(ratios.cpuMicrosPerRequest),
    ratio(ratios.unloadedMicros),
    ratio(ratios.p50Micros),
    ratio(ratios.p99Micros),
    values.cpuMicrosPerRequest.p50.toFixed(0),
    `${(values.rssBytes.p50 / 2 ** 20).toFixed(0)} MiB`,
  ]);
  return table(head, rows);
}

function decisionTable(results: readonly DecisionResult[]): string {
  const head = ['instances', 'route rules', 'headers asked', 'median', 'quartiles'];
  const rows = results.map(({ instances, rules, headers, nanoseconds: { p25, p50, p75 } }) => [
    instances.toLocaleString('en'),
    String(rules),
    rules === 0 ? '–' : String(headers),
    `${p50} ns`,
    `${p25}–${p75}`,
  ]);
  return table(head, rows);
}

function startTable(results: readonly StartResult[]): string {
  const rows = results.map(({ variant, listeningMs: { p25, p50, p75 }, rssBytes }) => [
    variant,
    `${p50.toFixed(0)} ms [${p25.toFixed(0)}–${p75.toFixed(0)}]`,
    `${(rssBytes.p50 / 2 ** 20).toFixed(0)} MiB`,
  ]);
  return table(['', 'until it listens', 'RSS then'], rows);
}

function titled(name: string, machine: Machine, body: string): string {
  return `### ${name}\n\nNode.js ${machine.node}, ${machine.cores} cores (${machine.cpu}), ${machine.date}.\n\n${body}`;
}

async function tables(folder: URL): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const { machine, results } = JSON.parse(await readFile(new URL(name, folder), 'utf8'));
      if (name === 'decision.json') return titled('One decision', machine, decisionTable(results));
      const [kind, node] = name.slice(0, -'.json'.length).split('-');
      if (kind === 'start') return titled(`Start of a process, ${node}`, machine, startTable(results));
      return titled(`Chain of three services, ${node}`, machine, chainTable(results));
    }),
  );
}

const START = '<!-- results: made by make bench -->';
const END = '<!-- end of results -->';

/** The page with its tables made anew from the result files. */
export async function withTables(page: string, folder: URL): Promise<{ text: string; tables: string[] }> {
  const made = await tables(folder);
  const [before] = page.split(START);
  const after = page.split(END)[1] ?? '\n';
  return { text: `${before}${START}\n\n${made.join('\n\n')}\n\n${END}${after}`, tables: made };
}
