// All benchmarks, one after the other; results to bench/results, tables to docs/benchmarks.md.
// `--rounds N` for more or fewer rounds, `--only chain|decision`.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { measureChain } from './chain/main.ts';
import { withTables } from './report.ts';

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

async function chain(): Promise<void> {
  for (const execPath of [versionedNode(20), process.execPath]) {
    const { stdout } = await promisify(execFile)(execPath, ['--version']);
    const version = stdout.trim();
    const rounds = Number(values.rounds);
    const results = await measureChain(execPath, rounds, (text) => progress(`chain on Node.js ${version}: ${text}`));
    await write(`chain-node${version.slice(1).split('.')[0]}`, version, results);
  }
}

async function decision(): Promise<void> {
  progress('decision');
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(DECISION), '--json']);
  await write('decision', process.version, JSON.parse(stdout));
}

if (values.only !== 'decision') await chain();
if (values.only !== 'chain') await decision();
const page = await withTables(await readFile(DOCS, 'utf8'), RESULTS);
await writeFile(DOCS, page.text);
console.log(`\n${page.tables.join('\n\n')}\n\nwritten: bench/results/*.json, docs/benchmarks.md`);
