// Proves the three scenarios of end-to-end canary on real requests, through a real NGINX, by what the services answer.
import { parseArgs } from 'node:util';
import { startFleet } from './fleet.ts';
import { besides, outsideNote, problemsOf, runsAsJson, runTable } from './report.ts';
import { type Run, type RunOptions, runScenario, runThroughChanges, runThroughOutage } from './run.ts';
import { CHANGES, ENVIRONMENTS, HTTP_ENTRY, OUTAGE, ROUTES, TCP_ENTRY } from './scenario.ts';
import { runUntilSignal } from './signal.ts';

const RUNS = [
  [HTTP_ENTRY, runScenario],
  [TCP_ENTRY, runScenario],
  [ENVIRONMENTS, runScenario],
  [ROUTES, runScenario],
  [OUTAGE, runThroughOutage],
  [CHANGES, runThroughChanges],
] as const;

function readArguments() {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '10000' },
      concurrency: { type: 'string', default: '16' },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    json: values.json,
    requests: whole('requests', values.requests),
    concurrency: whole('concurrency', values.concurrency),
  };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name}: found ${JSON.stringify(text)}, expected a whole number above 0`);
}

async function check(options: RunOptions, say: (line: string) => void): Promise<Run[]> {
  const fleet = await startFleet({ say, signal: options.signal });
  try {
    const runs: Run[] = [];
    for (const [scenario, run] of RUNS) {
      say(`${scenario.title}: ${options.requests} requests …`);
      runs.push(await run(fleet, scenario, options));
      say(`${scenario.title}: ${runs.at(-1)?.seconds.toFixed(1)} s`);
    }
    return runs;
  } finally {
    await fleet.stop();
  }
}

function print(runs: readonly Run[]): void {
  console.log(`\n${runTable(runs)}\n`);
  for (const run of runs) {
    const told = besides(run);
    if (told) console.log(told);
  }
  const note = outsideNote(runs);
  if (note) console.log(note);
  const problems = runs.flatMap(problemsOf);
  console.log(problems.length === 0 ? 'All requests stayed in their lanes.' : problems.join('\n'));
}

const { json, ...bounds } = readArguments();
process.exitCode = await runUntilSignal(async (signal) => {
  const runs = await check({ ...bounds, signal }, (line) => console.error(line));
  if (json) console.log(runsAsJson(runs));
  else print(runs);
  return runs.some((run) => problemsOf(run).length > 0) ? 1 : 0;
});
