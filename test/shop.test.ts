// The shop, governed, end to end: real services on six stacks, real NGINX, a real control plane that is hurt. What is
// counted comes from the services' own answers. `make demo-check` does the same on many more requests.
import { connect } from 'node:net';
import { type Fleet, startFleet } from '@fairway/shop/demo/fleet.ts';
import { outcomeOf, runLoad } from '@fairway/shop/demo/load.ts';
import { newProgress } from '@fairway/shop/demo/progress.ts';
import { readResources } from '@fairway/shop/demo/resource-file.ts';
import { type Run, runScenario, runThroughChanges, runThroughOutage } from '@fairway/shop/demo/run.ts';
import { CHANGES, ENVIRONMENTS, HTTP_ENTRY, OUTAGE, ROUTES, TCP_ENTRY } from '@fairway/shop/demo/scenario.ts';
import { count, newTally } from '@fairway/shop/demo/tally.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MINUTE_MS = 60_000;
const OPTIONS = { requests: 1_000, concurrency: 8, signal: new AbortController().signal };

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet({ say: () => {}, signal: OPTIONS.signal });
}, 3 * MINUTE_MS);

afterAll(() => fleet?.stop(), MINUTE_MS);

function expectClean({ tally, share }: Run): void {
  expect(tally.examples).toEqual([]);
  expect(tally).toMatchObject({ requests: OPTIONS.requests, failed: 0, violations: 0 });
  if (share) expect(share.plausible).toBe(true);
}

describe('the three scenarios', () => {
  it.each([HTTP_ENTRY, TCP_ENTRY, ENVIRONMENTS, ROUTES])(
    '$title: nothing fails, nothing leaves its lane',
    async (scenario) => {
      expectClean(await runScenario(fleet, scenario, OPTIONS));
    },
    2 * MINUTE_MS,
  );

  it(
    'a lane that is changed twenty times under traffic',
    async () => {
      const run = await runThroughChanges(fleet, CHANGES, OPTIONS);
      expectClean(run);
      expect(run.changes).toHaveLength(20);
    },
    3 * MINUTE_MS,
  );
});

describe('a control plane that is', () => {
  it(
    'killed, and started again, costs no request',
    async () => {
      expectClean(await runThroughOutage(fleet, OUTAGE, OPTIONS));
    },
    3 * MINUTE_MS,
  );

  it(
    'frozen costs no request, and changes flow again when it goes on',
    async () => {
      const tally = newTally();
      const progress = newProgress();
      const load = runLoad({
        entries: fleet.entries,
        concurrency: OPTIONS.concurrency,
        next: (n) => (n < OPTIONS.requests ? HTTP_ENTRY.intent(n) : null),
        done: (outcome) => {
          count(tally, outcome);
          progress.add();
        },
      });
      await progress.reached(100);
      fleet.controlPlane.pause();
      try {
        await load;
      } finally {
        fleet.controlPlane.resume();
      }
      expect(tally.examples).toEqual([]);
      expect(tally).toMatchObject({ failed: 0, violations: 0 });
      const { revision } = await fleet.client.apply(await readResources('lane-gray-50.yaml'));
      await fleet.agentsAt(revision, MINUTE_MS / 2);
      await fleet.gateway.servedAt(revision, MINUTE_MS / 2);
    },
    3 * MINUTE_MS,
  );
});

describe('hostile input at the entry', () => {
  const plain = () => outcomeOf(fleet.entries, HTTP_ENTRY.intent(0));

  /** Status of one request with a header block as it is given; 0 when the connection is closed instead. */
  async function statusOf(host: string, port: number, head: Buffer): Promise<number> {
    const socket = connect(port, host);
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(head);
    await closed;
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
  }

  const start = (headers: string) =>
    Buffer.from(`GET /home?id=h HTTP/1.1\r\nHost: shop\r\n${headers}\r\nConnection: close\r\n\r\n`);
  const attacks: [string, Buffer][] = [
    ['a label of 10 MB', start(`x-fairway-lane: ${'g'.repeat(10 * 2 ** 20)}`)],
    ['ten thousand headers', start(Array.from({ length: 10_000 }, (_, i) => `x-${i}: ${i}`).join('\r\n'))],
    ['baggage of 10 MB', start(`baggage: fairway.lane=${'g,'.repeat(5 * 2 ** 20)}`)],
  ];

  it.each(attacks)('%s is refused by NGINX and by a service, and the next request is served', async (_, head) => {
    const service = fleet.instances.find((one) => one.service === 'storefront');
    const { host, port } = fleet.entries.http;
    for (const status of [
      await statusOf(host, port, head),
      await statusOf(service?.host ?? '', service?.port ?? 0, head),
    ]) {
      expect([0, 400, 414, 431, 494]).toContain(status);
    }
    expect((await plain()).result).toHaveProperty('reply');
  });

  it.each(['GRAY', 'gray;drop', 'gray, dev-1', '../gray', 'g'.repeat(64)])(
    'the label %j does nothing',
    async (label) => {
      const service = fleet.instances.find((one) => one.id === 'order-base-1');
      const headers = { 'x-fairway-lane': label };
      const answer = await fetch(`http://${service?.host}:${service?.port}/orders?id=h`, { headers });
      const { trail } = (await answer.json()) as { trail: { release: string }[] };
      expect(answer.status).toBe(200);
      expect(new Set(trail.map(({ release }) => release))).toEqual(new Set(['base']));
    },
  );
});
