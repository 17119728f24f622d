// What tracing costs one request that comes: nanoseconds of processor time as quartiles over batches. `--json` for machines.
import type { IncomingMessage } from 'node:http';
import { compileRules, TrafficMeter } from '@fairway/core';
import type { Resource } from '@fairway/model';
import { createFirstCalls } from '../govern/first-call.ts';
import { createGovernor } from '../govern/governor.ts';
import { MessageView } from '../intercept/inbound.ts';
import { AppSpans } from './app-spans.ts';
import { createTracing } from './tracing.ts';

const BATCH = 50_000;
const ROUNDS = 40;
const NS_A_US = 1000;

const headers = { host: 'web', accept: '*/*', 'user-agent': 'bench', connection: 'keep-alive' };

/** One request, from its coming to its answer, where so many are written down; a header besides the usual ones. */
function requestOf(percent: number, more: Record<string, string> = {}): () => void {
  const spec = { traces: { percent } };
  const namespace = { apiVersion: 'fairway.dev/v1', kind: 'Namespace', metadata: { name: 'shop' }, spec } as Resource;
  const plan = {
    self: { service: 'shop/web', lane: '' },
    rules: compileRules('shop', [namespace]),
    ambientLane: '',
    callees: new Map(),
  };
  const governor = createGovernor({
    plan: () => plan,
    serviceAt: () => null,
    isAside: () => false,
    isLearning: () => false,
    firstCalls: createFirstCalls({ isAnswering: false, ask() {}, late() {} }, 0),
    meter: new TrafficMeter(),
    dice: Math.random,
    spans: new AppSpans(false, () => undefined),
    tracing: createTracing({ isOn: true, outside: (step) => step(), told: () => undefined }),
  });
  const message = { method: 'GET', url: '/orders/1', headers: { ...headers, ...more } } as unknown as IncomingMessage;
  return () => governor.inbound(new MessageView(message))?.traced?.ended(200);
}

const kinds: Readonly<Record<string, () => void>> = {
  'nothing is asked for': requestOf(0),
  'a header that is not believed': requestOf(0, { 'x-fairway-follow': 'f'.repeat(138) }),
  'one of a hundred is written down': requestOf(1),
  'each is written down': requestOf(100),
};

function quartiles(values: number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] as number);
  return { p25: at(0.25), p50: at(0.5), p75: at(0.75) };
}

const times = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [kind, request] of Object.entries(kinds)) {
    const begun = process.cpuUsage();
    for (let at = 0; at < BATCH; at++) request();
    const { user, system } = process.cpuUsage(begun);
    times.get(kind)?.push(((user + system) * NS_A_US) / BATCH);
  }
}
const results = [...times].map(([kind, all]) => ({ kind, nanoseconds: quartiles(all.slice(ROUNDS / 4)) }));
const isJson = process.argv.includes('--json');
const lines = results.map(({ kind, nanoseconds: { p25, p50, p75 } }) => `${kind}: ${p25} ${p50} ${p75}`);
process.stdout.write(`${isJson ? JSON.stringify(results) : lines.join('\n')}\n`);
