import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { compileRules, TrafficMeter } from '@fairway/core';
import type { Instance } from '@fairway/model';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { CallLedger } from '../govern/call-ledger.ts';
import { Callee } from '../govern/callee.ts';
import { createFirstCalls } from '../govern/first-call.ts';
import { createGovernor } from '../govern/governor.ts';
import type { Plan } from '../govern/plan.ts';
import { createHook } from '../hook.ts';
import { createLog } from '../log.ts';
import { AppSpans } from '../trace/app-spans.ts';
import type { ConnectOptions } from './connect-option.ts';
import { interceptHttpAgent } from './http-agent.ts';

const rules = compileRules('shop', []);
const hook = createHook(
  'http',
  createLog('error', () => undefined),
);
let plan: Plan;
let port: number;

beforeAll(async () => {
  const server = http.createServer((req, res) => res.end(req.headers.host)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  const instance: Instance = { id: 'i', service: 'shop/order', host: '127.0.0.1', ports: [port], state: 'ready' };
  const deps = { dice: () => 0, ledger: new CallLedger(() => 0), meter: new TrafficMeter() };
  const callees = new Map([['shop/order', new Callee('shop/order', deps, { rules, instances: [instance] }, 0)]]);
  plan = { self: { service: 'shop/web', lane: '' }, rules, ambientLane: '', callees };
  const asking = { isAnswering: false, ask: () => undefined, late: () => undefined };
  const governor = createGovernor({
    meter: deps.meter,
    plan: () => plan,
    serviceAt: (address) => (address === `order:${port}` ? 'shop/order' : null),
    isAside: () => false,
    isLearning: () => false,
    firstCalls: createFirstCalls(asking, 0),
    dice: () => 0,
    spans: new AppSpans(true, () => undefined),
    tracing: { follow: () => null, sample: () => undefined },
  });
  interceptHttpAgent(governor, hook);
  return () => server.close();
});

/** An agent that keeps the options it was asked with, changed by `change` before they go on. */
class Keeping extends http.Agent {
  readonly seen: ConnectOptions[] = [];
  readonly #change: (options: ConnectOptions) => ConnectOptions;

  constructor(change: (options: ConnectOptions) => ConnectOptions) {
    super();
    this.#change = change;
  }

  addRequest(req: ClientRequest, options: ConnectOptions): void {
    const changed = this.#change(options);
    this.seen.push(changed);
    const proto = http.Agent.prototype as unknown as { addRequest(req: ClientRequest, options: ConnectOptions): void };
    proto.addRequest.call(this, req, changed);
  }
}

it.each([
  ['as Node.js makes them', (options: ConnectOptions) => options],
  ['frozen', (options: ConnectOptions) => Object.freeze(options)],
  ['without a host name', ({ hostname: _, ...options }: ConnectOptions) => options],
])('options of a request (%s) are as they were once it was sent elsewhere', async (_, change) => {
  const agent = new Keeping(change);
  onTestFinished(() => agent.destroy());
  const [answer] = (await once(http.get(`http://order:${port}/`, { agent }), 'response')) as [IncomingMessage];
  expect(await text(answer)).toBe(`order:${port}`);
  const [{ host, hostname = 'order', port: dialled } = {}] = agent.seen;
  expect([host, hostname, Number(dialled), hook.errors]).toEqual(['order', 'order', port, 0]);
});
