// Rolling replacements under load, counted from the callers' side: `make storm ARGS="--replacements 100"`. Ends with status 1 when a
// governed run lost a request.
import { parseArgs } from 'node:util';
import { seededDice } from './dice.ts';
import { FAULTS, runFault } from './fault.ts';
import { type Results, record, textOf } from './record.ts';
import { runRolling } from './rolling.ts';
import { runShop } from './shop.ts';
import { type ColdStart, measureColdStart, measureShares } from './warm-up.ts';

const HELP = `Replaces instances under load, again and again, with Fairway and without, and counts what was lost.

  --replacements N  rolling replacements with Fairway (default 20)
  --without N       the same without Fairway (default 4; 0: not)
  --outages N       in so many of them the control plane is killed (default: a tenth)
  --rate N          requests a second (default 400)
  --seed N          of all that is drawn (default: from the clock; printed)
  --faults          instead: kills, stops, sickness and the like, one after the other, with Fairway
  --warm-up         instead: what share a new instance gets, and what one that is slow at first costs, with warm-up and without
  --duration N      of that warm-up, in seconds (default 30)
  --shop N          instead: so many times every service of the shop, one after the other, behind its NGINX
  --only TEXT       of the faults those whose name has it
  --json            the results as JSON
  --record          keeps them, and has docs/lossless.md show them
`;

const { values } = parseArgs({
  options: {
    replacements: { type: 'string', default: '20' },
    without: { type: 'string', default: '4' },
    outages: { type: 'string' },
    rate: { type: 'string', default: '400' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    faults: { type: 'boolean', default: false },
    'warm-up': { type: 'boolean', default: false },
    duration: { type: 'string', default: '30' },
    shop: { type: 'string' },
    only: { type: 'string', default: '' },
    record: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function count(
  name: 'replacements' | 'without' | 'outages' | 'rate' | 'seed' | 'duration' | 'shop',
  fallback = 0,
): number {
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
const run = values.faults ? faults : values['warm-up'] ? warmUp : values.shop ? shop : rolling;
process.exitCode = (await run()) ? 0 : 1;

/** Prints results, and keeps them where that is asked for. */
async function show<K extends keyof Results>(kind: K, results: Results[K]): Promise<void> {
  console.log(values.json ? JSON.stringify(results, null, 2) : textOf(kind, results));
  if (values.record) await record(kind, results);
}

/** Whether no fault cost more than it may, and the ledger knows of all that was lost. */
async function faults(): Promise<boolean> {
  const results = [];
  for (const fault of FAULTS.filter(({ name }) => name.includes(values.only))) {
    tell(fault.name);
    results.push(await runFault(fault, count('rate')));
  }
  await show('faults', results);
  return results.every(({ failures, limit, ledger }) => failures.length <= limit && ledger === failures.length);
}

/** Whether shares followed the curve, and the warm-up hid what was slow at first. */
async function warmUp(): Promise<boolean> {
  const options = { durationMs: count('duration') * 1000, perSecond: count('rate') };
  tell('the share of a new instance, by agents');
  const agents = await measureShares('agents', options);
  tell('the same, by NGINX');
  const nginx = await measureShares('NGINX', options);
  const coldStarts: Record<string, ColdStart> = {};
  for (const algorithm of ['p2c', 'roundRobin'] as const) {
    for (const isWarmedUp of [true, false]) {
      const name = `${algorithm}, ${isWarmedUp ? 'with warm-up' : 'without'}`;
      tell(`an instance that is slow at first: ${name}`);
      coldStarts[name] = await measureColdStart({ algorithm, isWarmedUp }, options);
    }
  }
  await show('warm-up', { shares: { agents, NGINX: nginx }, coldStarts });
  const isNear = [...agents, ...nginx].every(({ share, expected }) => Math.abs(share - expected) <= 0.03);
  const isHidden = (one: ColdStart | undefined) => one !== undefined && one.newP99Ms <= 1.5 * one.steadyP99Ms;
  return isNear && isHidden(coldStarts['p2c, with warm-up']);
}

/** Whether nothing of the shop was lost. */
async function shop(): Promise<boolean> {
  const result = await runShop({ rounds: count('shop'), perSecond: count('rate'), tell });
  await show('shop', result);
  return result.failures.length === 0;
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
  await show('rolling', { seed, governed, ...(without ? { without } : {}) });
  return governed.failures.length === 0;
}
