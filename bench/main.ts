// All benchmarks, one after the other; results to bench/results, tables to docs/benchmarks.md.
// `--only NAME` for one of them, `--rounds N`, `--requests N` and `--agents N` for more or less of it, `--variant PART` (any number of
// times) for some variants of the chain: of those nothing is written.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { FairwayError } from '@fairway/model';
import { measureChain } from './chain/main.ts';
import { measureConsole } from './console/main.ts';
import { measureDecision } from './decision.ts';
import { measureFleet } from './fleet/main.ts';
import { measureMemory } from './memory/main.ts';
import { type ResultFile, sectionOf, withSections } from './report.ts';
import { type Runtime, runtimes } from './runtime.ts';
import { measureStart } from './start/main.ts';

const RESULTS = new URL('./results/', import.meta.url);
const DOCS = new URL('../docs/benchmarks.md', import.meta.url);

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '18' },
    requests: { type: 'string', default: '1000000' },
    agents: { type: 'string', default: '10000' },
    only: { type: 'string' },
    variant: { type: 'string', multiple: true, default: [] },
  },
});
const rounds = positive('rounds');
const requests = positive('requests');
const agents = positive('agents');
const isPartial = values.variant.length > 0;

function positive(name: 'rounds' | 'requests' | 'agents'): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  const found = JSON.stringify(values[name]);
  throw new FairwayError('FAIRWAY_INVALID', `--${name}: found ${found}, expected a whole number above 0`);
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else console.error(text);
}

async function keep(name: string, node: string, extent: string | undefined, results: readonly unknown[]) {
  const [cpu] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  const file: ResultFile = {
    machine: { node, cores: cpus().length, cpu: cpu?.model ?? 'unknown', date, extent },
    results,
  };
  console.log(`\n${sectionOf(name, file)}`);
  if (isPartial) return;
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(`${name}.json`, RESULTS), `${JSON.stringify(file, null, 2)}\n`);
}

type Measure = (runtime: Runtime, tell: (text: string) => void) => Promise<readonly unknown[]>;

function onEachRuntime(name: string, extent: string, measure: Measure): () => Promise<void> {
  return async () => {
    for (const runtime of await runtimes()) {
      const tell = (text: string) => progress(`${name}, Node.js ${runtime.version}: ${text}`);
      await keep(`${name}-node${runtime.major}`, runtime.version, extent, await measure(runtime, tell));
    }
  };
}

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = {
  chain: onEachRuntime('chain', `${rounds} rounds`, (runtime, tell) =>
    measureChain(runtime, { rounds, only: values.variant, tell }),
  ),
  memory: onEachRuntime('memory', `${requests.toLocaleString('en')} requests each`, (runtime, tell) =>
    measureMemory(runtime, { requests, tell }),
  ),
  start: onEachRuntime('start', `${rounds} rounds`, (runtime, tell) => measureStart(runtime, { rounds, tell })),
  decision: async () => keep('decision', process.version, undefined, await measureDecision()),
  console: async () =>
    keep('console', process.version, undefined, [await measureConsole((text) => progress(`console: ${text}`))]),
  fleet: async () =>
    keep('fleet', process.version, undefined, [await measureFleet(agents, (text) => progress(`fleet: ${text}`))]),
};

const chosen = values.only === undefined ? Object.keys(BENCHMARKS) : [values.only];
for (const name of chosen) {
  const run = BENCHMARKS[name];
  const known = Object.keys(BENCHMARKS).join(', ');
  if (!run)
    throw new FairwayError('FAIRWAY_INVALID', `--only: found ${JSON.stringify(name)}, expected one of ${known}`);
  await run();
}
if (!isPartial) {
  await writeFile(DOCS, await withSections(await readFile(DOCS, 'utf8'), RESULTS));
  console.log('\nwritten: bench/results/*.json, docs/benchmarks.md');
}
