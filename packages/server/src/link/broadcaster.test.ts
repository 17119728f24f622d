import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ResourceSet } from '@fairway/control';
import type { Update } from '@fairway/model';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { aLane, anInstance } from '../testbed.ts';
import { Link, type LinkParts } from './link.ts';

/** A link without the rest of a control plane, and a stream of it over a real socket. */
async function linkWithReader(parts: Partial<LinkParts> = {}) {
  const resources = new ResourceSet();
  const link = new Link(
    {
      epoch: 'e',
      lease: {},
      heartbeatMs: 60_000,
      stallMs: 60_000,
      probeMs: 60_000,
      ackTimeoutMs: 60_000,
      maxStreamsPerToken: 10,
    },
    {
      resources,
      nowMs: () => performance.now(),
      membershipChanged() {},
      changed() {},
      recorded() {},
      stalled() {},
      opened() {},
      ...parts,
    },
  );
  link.fleet.register(anInstance('watch-1', { service: 'shop/watch' }), performance.now());
  const owner = { instance: 'watch-1', namespace: 'shop', token: 't' };
  const server = createServer((_request, response) => link.open(owner, null, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    link.close();
    server.closeAllConnections();
    server.close();
  });
  const response = await new Promise<IncomingMessage>((resolve) =>
    get({ port: (server.address() as AddressInfo).port, agent: false }, resolve),
  );
  return { link, resources, next: updatesOf(response) };
}

function updatesOf(response: IncomingMessage): () => Promise<Update> {
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]();
  let text = '';
  return async () => {
    while (!text.includes('\n\n')) text += (await chunks.next()).value;
    const end = text.indexOf('\n\n');
    const data = text.slice(text.indexOf('data: ') + 'data: '.length, end);
    text = text.slice(end + 2);
    return JSON.parse(data);
  };
}

describe('what changes in quick succession', () => {
  it('comes as one update with what is so in the end', async () => {
    const { link, next } = await linkWithReader();
    expect((await next()).full).toBe(true);
    link.fleet.register(anInstance('order-0'), 0);
    link.fleet.subscribe('watch-1', ['order:8080']);
    expect((await next()).addresses).toEqual({ 'order:8080': 'shop/order' });
    for (let n = 0; n < 100; n++) link.fleet.register(anInstance(`order-${n}`), 0);
    for (let n = 0; n < 100; n += 2) link.fleet.setState(`order-${n}`, n % 4 ? 'draining' : 'gone', 0);
    const { instances } = await next();
    expect(instances.set).toHaveLength(75);
    expect(instances.set.filter(({ state }) => state === 'draining')).toHaveLength(25);
    expect(instances.removed).toHaveLength(25);
  });

  it('comes with a change of rules when there is one: that waits for nothing', async () => {
    const { link, resources, next } = await linkWithReader();
    await next();
    link.fleet.register(anInstance('order-0'), 0);
    link.fleet.subscribe('watch-1', ['order:8080']);
    await next();
    link.fleet.register(anInstance('order-1'), 0);
    link.publish([resources.set(aLane('gray'))], 1);
    const update = await next();
    expect(update.instances.set.map(({ id }) => id)).toContain('order-1');
    expect(update.resources.set).toEqual([aLane('gray')]);
  });
});

it('what one instance dials is told to the newest of its service, to a bounded number of them', async () => {
  const { link } = await linkWithReader();
  link.fleet.register(anInstance('order-0'), 0);
  const callers = Array.from({ length: 300 }, (_, n) => `caller-${n}`);
  for (const id of callers) link.fleet.register(anInstance(id, { service: 'shop/caller' }), 0);
  link.fleet.subscribe('caller-0', ['order:8080']);
  const told = callers.filter((id) => link.fleet.subscription(id).services.has('shop/order'));
  expect(told).toEqual(['caller-0', ...callers.slice(-256)]);
});

describe('a stream whose agent acknowledges nothing', () => {
  it('is dropped when the time for it is over, of which none counts in which this process stood still', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const stalled: string[] = [];
    let clockMs = 0;
    const { link, resources, next } = await linkWithReader({
      nowMs: () => clockMs,
      stalled: (instance) => stalled.push(instance),
    });
    const after = (elapsedMs: number) => {
      clockMs += elapsedMs;
      vi.advanceTimersByTime(250);
      return stalled;
    };
    link.broadcaster.acknowledge('watch-1', (await next()).revision);
    link.publish([resources.set(aLane('gray'))], 1);
    expect(after(600_000)).toEqual([]);
    for (let seconds = 0; seconds < 59; seconds++) expect(after(1_000)).toEqual([]);
    expect([...after(1_000), ...after(1_000)]).toContain('watch-1');
  });
});
