// Cost of one whole decision (inbound lane, eligible set, pick) against the number of instances and rules; and of one call
// with all that its caller knows of the instances (pick, begin, answer, end).
// Prints nanoseconds as quartiles over interleaved batches; `--json` for machines.
import type { Instance, Resource } from '@fairway/model';
import { compileRules, eligible, inboundLane, ServiceTraffic } from './index.ts';

const BATCH = 20_000;
const ROUNDS = 60;

function instancesOf(count: number): Instance[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `order-${i}`,
    service: 'shop/order',
    lane: i % 10 === 0 ? 'gray' : '',
    host: `10.0.${i >> 8}.${i & 255}`,
    ports: [8080],
    state: 'ready' as const,
  }));
}

/** `headers`: how many header names the rules share. */
function rulesOf(count: number, headers: number) {
  const lane = { kind: 'Lane', metadata: { name: 'gray', namespace: 'shop' }, spec: {} };
  const routes = Array.from({ length: count }, (_, i) => ({
    kind: 'Route',
    metadata: { name: `r${i}`, namespace: 'shop' },
    spec: {
      service: 'order',
      rules: [{ match: { header: `x-user-${i % headers}`, exact: `value-${i}` }, to: [{ lane: 'gray' }] }],
    },
  }));
  const resources = [lane, ...routes].map((r) => ({ apiVersion: 'fairway.dev/v1', ...r })) as unknown as Resource[];
  return compileRules('shop', resources);
}

function seededDice(): () => number {
  let seed = 1;
  return () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed / 0x80000000;
  };
}

function decisionOf(instances: number, ruleCount: number, headerCount: number): () => void {
  const rules = rulesOf(ruleCount, headerCount);
  const headers: Record<string, string> = { 'x-fairway-lane': 'gray', host: 'web', accept: '*/*', 'x-user-0': 'anna' };
  const request = { method: 'GET', url: '/orders/1', header: (name: string) => headers[name] };
  const self = { service: 'shop/web', lane: '' };
  const dice = seededDice();
  const traffic = new ServiceTraffic('shop/order', { dice }, { rules, instances: instancesOf(instances) }, 0);
  return () => {
    const { lane } = inboundLane(rules, self, request, dice);
    const chosen = eligible(rules, traffic.table(0), 8080, { lane, request }, dice);
    if (!chosen || !traffic.pick(chosen.pool, request, 0)) throw new Error('nothing was picked');
  };
}

/** `hash` for keys of which each comes for the first time. */
const NEW_KEYS = 'hash of new keys';

/** One call by an algorithm, while a tenth of the instances warm up and one is ejected. */
function callOf(instances: number, algorithm: string): () => void {
  const isHash = algorithm.startsWith('hash');
  const policy = {
    apiVersion: 'fairway.dev/v1',
    kind: 'Policy',
    metadata: { name: 'p', namespace: 'shop' },
    spec: {
      services: ['order'],
      warmup: { duration: '3600s' },
      balance: isHash ? { algorithm: 'hash', hashBy: { header: 'x-user' } } : { algorithm },
    },
  } as unknown as Resource;
  const list = instancesOf(instances).map((one, i) => ({ ...one, lane: '', ...(i % 10 === 1 && { readyForMs: 0 }) }));
  const view = { rules: compileRules('shop', [policy]), instances: list };
  let now = 0;
  let calls = 0;
  const header = algorithm === NEW_KEYS ? () => String(++calls) : () => 'anna';
  const request = { method: 'GET', url: '/orders/1', header };
  const traffic = new ServiceTraffic('shop/order', { dice: seededDice() }, view, now);
  const call = () => {
    now += 0.01;
    const pool = traffic.table(now).onPort(8080)?.ofLane('');
    const picked = pool && traffic.pick(pool, request, now);
    if (!pool || !picked) throw new Error('nothing was picked');
    const flight = traffic.begin(picked, pool, now);
    flight.answered(picked.id === 'order-0' ? 500 : 200, now + 3);
    flight.ended();
  };
  for (let i = 0; i < 20 * instances; i++) call();
  return call;
}

function batchNs(decide: () => void): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < BATCH; i++) decide();
  return Number(process.hrtime.bigint() - start) / BATCH;
}

function quartiles(samples: number[]): { p25: number; p50: number; p75: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (q: number) => Math.round(sorted[Math.floor(q * (sorted.length - 1))] as number);
  return { p25: at(0.25), p50: at(0.5), p75: at(0.75) };
}

const rules = [
  { rules: 0, headers: 1 },
  { rules: 50, headers: 1 },
  { rules: 50, headers: 5 },
  { rules: 50, headers: 50 },
];
const decisions = [10, 1_000, 100_000].flatMap((instances) => rules.map((r) => ({ instances, ...r })));
const calls = [10, 1_000].flatMap((instances) =>
  ['p2c', 'roundRobin', 'random', 'hash', NEW_KEYS].map((algorithm) => ({
    instances,
    rules: 0,
    headers: 0,
    algorithm,
  })),
);
const runs = [
  ...decisions.map((c) => ({ ...c, decide: decisionOf(c.instances, c.rules, c.headers), samples: [] as number[] })),
  ...calls.map((c) => ({ ...c, decide: callOf(c.instances, c.algorithm), samples: [] as number[] })),
];
for (const run of runs) batchNs(run.decide);
for (let round = 0; round < ROUNDS; round++) for (const run of runs) run.samples.push(batchNs(run.decide));
const results = runs.map(({ decide, samples, ...rest }) => ({ ...rest, nanoseconds: quartiles(samples) }));
if (process.argv.includes('--json')) console.log(JSON.stringify(results));
else console.table(results.map(({ nanoseconds, ...rest }) => ({ ...rest, ...nanoseconds })));
