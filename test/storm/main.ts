// Rolling replacements under load, counted from the callers' side: `make storm ARGS="--replacements 100"`. Ends with status 1 when a
// governed run lost a request.
import { parseArgs } from 'node:util';
import { seededDice } from './dice.ts';
import { FAULTS, runFault } from './fault.ts';
import { faultTable, table } from './report.ts';
import { runRolling } from './rolling.ts';

const HELP = `Replaces instances under load, again and again, with Fairway and without, and counts what was lost.

  --replacements N  rolling replacements with Fairway (default 20)
  --without N       the same without Fairway (default 4; 0: not)
  --outages N       in so many of them the control plane is killed (default: a tenth)
  --rate N          requests a second (default 400)
  --seed N          of all that is drawn (default: from the clock; printed)
  --faults          instead: kills, stops, sickness and the like, one after the other, with Fairway
  --only TEXT       of the faults those whose name has it
  --json            the results as JSON
`;

const { values } = parseArgs({
  options: {
    replacements: { type: 'string', default: '20' },
    without: { type: 'string', default: '4' },
    outages: { type: 'string' },
    rate: { type: 'string', default: '400' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    faults: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function count(name: 'replacements' | 'without' | 'outages' | 'rate' | 'seed', fallback = 0): number {
  const value = values[name] === undefined ? fallback : Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name}: found ${JSON.stringify(values[name])}, expected a whole number`);
  process.exit(2);
}

if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const tell = (text: string) => console.error(text);
process.exitCode = (await (values.faults ? faults() : rolling())) ? 0 : 1;

/** Whether no fault cost more than it may. */
async function faults(): Promise<boolean> {
  const results = [];
  for (const fault of FAULTS.filter(({ name }) => name.includes(values.only))) {
    tell(fault.name);
    results.push(await runFault(fault, count('rate')));
  }
  console.log(values.json ? JSON.stringify(results, null, 2) : faultTable(results));
  return results.every(({ failures, limit }) => failures.length <= limit);
}

/** Whether nothing was lost with Fairway. */
async function rolling(): Promise<boolean> {
  const replacements = count('replacements');
  const seed = count('seed');
  const wanted = count('outages', Math.floor(replacements / 10));
  const outages = new Set(Array.from({ length: wanted }, (_, i) => Math.floor(((i + 0.5) * replacements) / wanted)));
  tell(`seed ${seed}`);
  const run = (isGoverned: boolean, times: number) =>
    runRolling({
      replacements: times,
      perSecond: count('rate'),
      isGoverned,
      outages: isGoverned ? outages : new Set(),
      dice: seededDice(seed),
      tell: (text) => tell(`${isGoverned ? 'with Fairway' : 'without'}: ${text}`),
    });
  const governed = await run(true, replacements);
  const without = count('without') > 0 ? await run(false, count('without')) : undefined;
  console.log(values.json ? JSON.stringify({ seed, governed, without }, null, 2) : table(governed, without));
  return governed.failures.length === 0;
}
