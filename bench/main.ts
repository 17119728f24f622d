// All benchmarks, one after the other; results to bench/results, tables to docs/benchmarks.md.
// `--rounds N` for more or fewer rounds, `--only chain|start|decision`.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { measureChain } from './chain/main.ts';
import { withTables } from './report.ts';
import { measureStart } from './start/main.ts';

const RESULTS = new URL('./results/', import.meta.url);
const DOCS = new URL('../docs/benchmarks.md', import.meta.url);
const DECISION = new URL('../packages/core/src/decision.bench.ts', import.meta.url);

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' }, only: { type: 'string' } } });

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else console.error(text);
}

function versionedNode(major: number): string {
  return fileURLToPath(new URL(`../node_modules/node${major}-linux-x64/bin/node`, import.meta.url));
}

async function write(name: string, nodeVersion: string, results: unknown): Promise<void> {
  const cpu = cpus();
  const machine = {
    node: nodeVersion,
    cores: cpu.length,
    cpu: cpu[0]?.model ?? 'unknown',
    date: new Date().toISOString().slice(0, 10),
  };
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(`${name}.json`, RESULTS), `${JSON.stringify({ machine, results }, null, 2)}\n`);
}

async function onEach(name: string, measure: (execPath: string, rounds: number, title: string) => Promise<unknown>) {
  for (const execPath of [versionedNode(20), process.execPath]) {
    const { stdout } = await promisify(execFile)(execPath, ['--version']);
    const version = stdout.trim();
    const results = await measure(execPath, Number(values.rounds), `${name} on Node.js ${version}`);
    await write(`${name}-node${version.slice(1).split('.')[0]}`, version, results);
  }
}

async function chain(): Promise<void> {
  await onEach('chain', (execPath, rounds, title) =>
    measureChain(execPath, rounds, (text) => progress(`${title}: ${text}`)),
  );
}

async function start(): Promise<void> {
  await onEach('start', (execPath, rounds, title) => {
    progress(title);
    return measureStart(execPath, rounds);
  });
}

async function decision(): Promise<void> {
  progress('decision');
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(DECISION), '--json']);
  await write('decision', process.version, JSON.parse(stdout));
}

for (const [name, run] of Object.entries({ chain, start, decision })) {
  if (values.only === undefined || values.only === name) await run();
}
const page = await withTables(await readFile(DOCS, 'utf8'), RESULTS);
await writeFile(DOCS, page.text);
console.log(`\n${page.tables.join('\n\n')}\n\nwritten: bench/results/*.json, docs/benchmarks.md`);
