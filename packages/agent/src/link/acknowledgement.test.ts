import { EventEmitter, once } from 'node:events';
import type { Update } from '@fairway/model';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLog } from '../log.ts';
import { createDiagnosisQueue } from './diagnosis-queue.ts';
import { createDirectory } from './directory.ts';
import { createHopQueue } from './hop-queue.ts';
import { createLedgerQueue } from './ledger-queue.ts';
import { createLink } from './link.ts';
import { createTrafficQueue } from './traffic-queue.ts';
import type { StreamEvents, Transport } from './transport.ts';

const NONE = { set: [], removed: [] };
const INSTANCE = { id: 'i', service: 'shop/order', host: '10.0.0.1', ports: [80], state: 'ready' } as const;
const LANE = { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name: 'gray', namespace: 'shop' }, spec: {} };
const oneInstance = { instances: { set: [INSTANCE as never], removed: [] } };
const oneRule = { resources: { set: [LANE as never], removed: [] } };

// The clock stands still unless the test moves it; timers are real.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

/** A link whose other end is the test: `tell` sends it an update, `acks` are the revisions that it acknowledged. */
async function linkUnderTest(dice = () => 0) {
  const acks: number[] = [];
  const acknowledged = new EventEmitter();
  let stream: StreamEvents | undefined;
  let revision = 0;
  let isDeaf = false;
  const closed = vi.fn();
  const transport: Transport = {
    async post(path, body) {
      if (isDeaf) throw new Error('no answer in time');
      if (path === 'acks') acks.push((body as { revision: number }).revision);
      acknowledged.emit(path);
      return 204;
    },
    get: () => new Promise(() => undefined),
    open(_path, _headers, _body, events) {
      stream = events;
      events.onOpen();
      return { close: closed };
    },
  };
  const directory = createDirectory('shop');
  createLink({
    transport,
    dice,
    log: createLog('off'),
    namespace: 'shop',
    registration: () => ({ version: 1, instance: { ...INSTANCE, id: 'own' } as never, agent: {} as never }),
    subscribed: () => [],
    position: () => undefined,
    apply: (update) => directory.apply(update) && directory.revision,
    report: () => ({ points: [], bytes: 0, droppedLabels: 0 }),
    ledger: createLedgerQueue(() => 0),
    traffic: createTrafficQueue(1, () => 0),
    hops: createHopQueue(() => 0),
    onPace() {},
    onFollowKeys() {},
    onRegistered() {},
    diagnoses: createDiagnosisQueue(),
    onCommand() {},
    onDiagnose() {},
    onDown() {},
  }).start();
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  await settled();
  async function tell(part: Partial<Update>, retry = ''): Promise<void> {
    const head = { version: 1, epoch: 'e', revision: ++revision, full: false, namespace: 'shop' };
    const data = JSON.stringify({ ...head, resources: NONE, instances: NONE, addresses: {}, ...part });
    stream?.onChunk(Buffer.from(`event: update\nid: e.${revision}\n${retry}data: ${data}\n\n`));
    await settled();
  }
  await tell({ full: true });
  expect(acks).toEqual([1]);
  const deafen = (deaf: boolean) => {
    isDeaf = deaf;
  };
  return { acks, tell, deafen, closed, next: () => once(acknowledged, 'acks') };
}

it('updates of instances are acknowledged together, the first after a quiet time at once', async () => {
  const { acks, tell, next } = await linkUnderTest();
  for (let n = 0; n < 5; n++) await tell(oneInstance);
  expect(acks).toEqual([1]);
  await next();
  expect(acks).toEqual([1, 6]);
  vi.setSystemTime(Date.now() + 10_000);
  await tell(oneInstance);
  expect(acks).toEqual([1, 6, 7]);
});

it.each([
  ['an instance that is draining', { instances: { set: [{ ...INSTANCE, state: 'draining' } as never], removed: [] } }],
  ['rules', oneRule],
  ['what an address means', { addresses: { 'order:80': 'shop/order' } }],
  ['nothing: a question whether the agent is there', {}],
])('an update of %s is acknowledged at once, with what waited', async (_what, part) => {
  const { acks, tell } = await linkUnderTest();
  await tell(oneInstance);
  expect(acks).toEqual([1]);
  await tell(part);
  expect(acks).toEqual([1, 3]);
});

it('an acknowledgement that got no answer is sent again, and the stream stays open', async () => {
  const { acks, tell, next, deafen, closed } = await linkUnderTest();
  deafen(true);
  await tell(oneRule);
  await tell(oneInstance);
  expect(acks).toEqual([1]);
  deafen(false);
  await next();
  expect(acks).toEqual([1, 3]);
  expect(closed).not.toHaveBeenCalled();
});

it('in a large fleet an acknowledgement is sent at a random moment, and what waits longer does not delay it', async () => {
  const { acks, tell, next } = await linkUnderTest(() => 0.5);
  await tell(oneInstance, 'retry: 200\n');
  await tell(oneRule, 'retry: 200\n');
  expect(acks).toEqual([1]);
  await next();
  expect(acks).toEqual([1, 3]);
});
