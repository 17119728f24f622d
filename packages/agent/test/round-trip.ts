import http from 'node:http';
import net from 'node:net';
import { afterAll, afterEach, expect, it } from 'vitest';
import type { Application } from './application.ts';
import type { Seen } from './backend.ts';
import { clientsOn, record, type Variant } from './variant.ts';
import type { World } from './world.ts';

/** What a client got. */
export interface Answer {
  readonly status?: number;
  readonly text?: string;
  readonly error?: Readonly<Record<string, unknown>>;
}
export type Answers = Readonly<Record<string, Answer>>;

export const query = (path: string, parameters: Record<string, string>) => `${path}?${new URLSearchParams(parameters)}`;

export const seenIn = (answer: Answer): Seen => {
  if (answer.text === undefined) throw new Error(`the call failed: ${JSON.stringify(answer)}`);
  return JSON.parse(answer.text) as Seen;
};

export const seenBy = (answers: Answers) =>
  Object.entries(answers).map(([client, answer]) => ({ client, ...seenIn(answer) }));

/** What holds for the fixture's application however it was built: each call is proved by what the backend saw. */
export function roundTrips(version: number, variant: Variant, world: () => World, app: () => Application): void {
  let hasFailed = false;
  afterEach(({ task }) => {
    hasFailed ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    if (!hasFailed) record('http', { version, variant, ways: await app().ask<string[]>('/clients') });
  });

  const all = (lane: string, parameters: Record<string, string>) =>
    app().ask<Answers>(query('/all', parameters), lane === '' ? {} : { lane });

  it('reach the gray instance by every client, with the label and the dialled host', async () => {
    const answers = seenBy(await all('gray', { url: `${world().orderUrl}/a?b=c` }));
    expect(answers.map(({ client }) => client)).toEqual(clientsOn(version));
    for (const { client, at, url, headers } of answers) {
      expect({
        client,
        at,
        url,
        lane: headers['x-fairway-lane'],
        baggage: headers['baggage'],
        host: headers['host'],
      }).toEqual({
        client,
        at: 'order-gray',
        url: '/a?b=c',
        lane: 'gray',
        baggage: 'fairway.lane=gray',
        host: new URL(world().orderUrl).host,
      });
    }
  });

  it('reach the base instance without a label, a stale one removed', async () => {
    const headers = JSON.stringify({ 'x-fairway-lane': 'stale', baggage: 'fairway.lane=stale,a=b' });
    for (const answers of [
      await all('', { url: world().orderUrl }),
      await all('', { url: world().orderUrl, headers }),
    ]) {
      for (const { client, at, headers } of seenBy(answers)) {
        expect({ client, at, lane: headers['x-fairway-lane'] }).toEqual({ client, at: 'order-base', lane: undefined });
        expect(headers['baggage'] ?? 'a=b').toBe('a=b');
      }
    }
  });

  it('keep the dialled name under TLS', async () => {
    for (const { client, at, servername, headers } of seenBy(await all('gray', { url: world().payUrl }))) {
      expect({ client, at, servername, host: headers['host'] }).toEqual({
        client,
        at: 'pay-gray',
        servername: 'pay',
        host: new URL(world().payUrl).host,
      });
    }
  });

  it('go to another instance when the connection is refused, and pool by where they went', async () => {
    world().plane.setInstances([
      ...world().dead('order', 'gray', 2),
      ...world().dead('pay', 'gray', 2),
      ...world().instances,
    ]);
    await world().plane.acknowledged('shop/web');
    for (let round = 0; round < 3; round++) {
      for (const [url, at] of [
        [world().orderUrl, 'order-gray'],
        [world().payUrl, 'pay-gray'],
      ] as const) {
        for (const seen of seenBy(await all('gray', { url })))
          expect([seen.client, seen.at]).toEqual([seen.client, at]);
      }
    }
    const hosts = await app().ask<string[]>('/pools');
    expect(hosts.filter((host) => host.startsWith(`127.0.`))).not.toHaveLength(0);
    expect(hosts.filter((host) => /\.[34]$/.test(host))).toEqual([]);
  });

  it('never cross lanes when many run at once', async () => {
    const lanes = Array.from({ length: 40 }, (_, i) => (i % 2 ? 'gray' : ''));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    const path = query('/many', { calls: '9' });
    const seen = await Promise.all(
      lanes.map((lane) => app().ask<string[]>(path, { agent, ...(lane ? { lane } : {}) })),
    );
    expect(seen).toEqual(lanes.map((lane) => [lane ? 'order-gray' : 'order-base']));
    agent.destroy();
  });

  it('keep their lane in the events of a body, pipelined with others on one connection', async () => {
    const lanes = ['gray', '', 'gray', 'gray', '', ''];
    const answers = await pipelined(app().port, lanes);
    expect(answers).toEqual(
      lanes.map((lane) => {
        const at = lane ? 'order-gray' : 'order-base';
        return { data: at, end: at, close: at };
      }),
    );
  });

  it('meet no failing hook', async () => {
    expect(await app().ask('/probe')).toMatchObject({
      phase: 'up',
      ignored: 0,
      points: Array(7).fill({ faults: 0, state: 'on' }),
    });
    expect(app().stderr()).toBe('');
  });
}

/** Sends slow POSTs of mixed lanes down one connection, each before the one before it is answered. */
async function pipelined(port: number, lanes: readonly string[]): Promise<unknown[]> {
  const socket = net.connect(port, '127.0.0.1');
  const answers = new Promise<string>((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.split('HTTP/1.1 200').length > lanes.length && text.endsWith('\r\n0\r\n\r\n')) resolve(text);
      else if (text.split('HTTP/1.1 200').length > lanes.length && bodies(text).length === lanes.length) resolve(text);
    });
    socket.on('error', reject);
  });
  for (const lane of lanes) {
    socket.write(
      `POST /body-events HTTP/1.1\r\nhost: hop\r\ncontent-length: 6\r\n${lane ? `x-fairway-lane: ${lane}\r\n` : ''}\r\nabc`,
    );
    await new Promise((resolve) => setImmediate(resolve));
    socket.write('def');
  }
  const found = bodies(await answers);
  socket.destroy();
  return found;
}

function bodies(text: string): unknown[] {
  return [...text.matchAll(/\{[^{}]*\}/g)].map(([json]) => JSON.parse(json));
}
