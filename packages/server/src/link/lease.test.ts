import { check } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { aLane, serve, type TestAgent, type Testbed } from '../testbed.ts';

const instancesOf = async (bed: Testbed) => (await bed.call('GET', '/api/v1/instances?service=order')).body.items;
const preservation = async (bed: Testbed) => (await bed.call('GET', '/api/v1/preservation')).body;

/** An agent that is told of every instance of shop/order. */
async function watcherOf(bed: Testbed): Promise<TestAgent> {
  const watcher = await bed.strangeAgent('watch-1', { service: 'shop/watch' });
  await watcher.begin(['order:8080']);
  return watcher;
}

/** An agent whose lease is held by its stream from the first: no grace period, however short, runs before. */
async function heldAgent(bed: Testbed, id: string, token?: string): Promise<TestAgent> {
  const agent = await bed.strangeAgent(id, {}, token);
  await agent.begin([]);
  return agent;
}

describe('the lease of an instance', () => {
  it('ends with its stream: suspect at once, gone after the grace period', async () => {
    const bed = await serve({ lease: { graceMs: 300 } });
    const watcher = await watcherOf(bed);
    const agent = await heldAgent(bed, 'order-1');
    await watcher.next(({ instances }) => instances.set.length > 0);
    await agent.disconnect();
    expect((await watcher.next()).instances.set).toMatchObject([{ id: 'order-1', suspect: true }]);
    expect((await watcher.next()).instances.removed).toEqual(['order-1']);
    expect(await instancesOf(bed)).toEqual([]);
  });

  it('goes on when the agent is back in time', async () => {
    const bed = await serve();
    const watcher = await watcherOf(bed);
    const agent = await bed.streamingAgent('order-1');
    await watcher.next(({ instances }) => instances.set.length > 0);
    await agent.disconnect();
    await watcher.next(({ instances }) => instances.set[0]?.suspect === true);
    await agent.open(agent.lastEventId);
    expect((await watcher.next()).instances.set).toEqual([{ ...agent.instance, readyForMs: expect.any(Number) }]);
  });

  it('is replaced at once by a restarted process at the same address', async () => {
    const bed = await serve();
    const watcher = await watcherOf(bed);
    const agent = await bed.streamingAgent('order-1', { host: '10.1.1.1' });
    await agent.disconnect();
    await watcher.next(({ instances }) => instances.set[0]?.suspect === true);
    await bed.agent('order-1b', { host: '10.1.1.1' });
    const update = await watcher.next();
    expect(update.instances).toMatchObject({ set: [{ id: 'order-1b' }], removed: ['order-1'] });
  });

  it('is ended by an operator; an agent that lives registers again', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    expect((await bed.call('DELETE', '/api/v1/instances/order-1')).status).toBe(204);
    await agent.ended;
    expect((await agent.state('ready')).status).toBe(404);
    await agent.register();
    expect(await instancesOf(bed)).toMatchObject([{ id: 'order-1' }]);
    expect((await bed.call('DELETE', '/api/v1/instances/nobody')).status).toBe(404);
  });
});

describe('how long an instance has been ready', () => {
  it('is told with each update of it, by the clock of the control plane', async () => {
    const bed = await serve();
    const watcher = await watcherOf(bed);
    const agent = await bed.streamingAgent('order-1', { state: 'starting' });
    const cold = await watcher.next(({ instances }) => instances.set.length > 0);
    expect(cold.instances.set[0]).not.toHaveProperty('readyForMs');
    const beforeMs = performance.now();
    await agent.state('ready');
    const warming = await watcher.next(({ instances }) => instances.set[0]?.state === 'ready');
    const { readyForMs: first = -1 } = warming.instances.set[0] ?? {};
    await agent.disconnect();
    const later = await watcher.next(({ instances }) => instances.set[0]?.suspect === true);
    const { readyForMs: second = -1 } = later.instances.set[0] ?? {};
    expect(first).toBeGreaterThanOrEqual(0);
    expect(second).toBeGreaterThanOrEqual(first);
    expect(second).toBeLessThanOrEqual(performance.now() - beforeMs);
    const [listed] = await instancesOf(bed);
    expect(listed.readyForMs).toBeGreaterThanOrEqual(second);
    const world = (await bed.call('GET', '/api/v1/world?namespace=shop')).body;
    expect(check('World', world)).toEqual([]);
    expect(world.instances).toContainEqual(expect.objectContaining({ id: 'order-1', readyForMs: expect.any(Number) }));
  });

  it('goes on over a restart of the control plane', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    const [before] = await instancesOf(bed);
    await bed.close();
    const again = await serve({ dataDir: bed.dataDir }, bed.admin);
    const [after] = await instancesOf(again);
    expect(after).toMatchObject({ id: agent.id, connected: false });
    expect(after.readyForMs).toBeGreaterThan(before.readyForMs);
  });
});

describe('a mass loss', () => {
  const lease = { graceMs: 200, preserveMembers: 5, preserveShare: 0.5 };

  async function lostFleet(bed: Testbed): Promise<TestAgent[]> {
    const token = await bed.token('agent', 'shop');
    const ids = Array.from({ length: 6 }, (_, n) => `order-${n}`);
    const agents = await Promise.all(ids.map((id) => heldAgent(bed, id, token)));
    await Promise.all(agents.map((agent) => agent.disconnect()));
    await bed.until(
      () => preservation(bed),
      ({ lost }) => lost === 6,
    );
    return agents;
  }

  it('removes nobody, until enough are back', async () => {
    const bed = await serve({ lease });
    const agents = await lostFleet(bed);
    // An unrelated registration that nobody streams for is removed meanwhile: time does pass.
    const watcher = await watcherOf(bed);
    await bed.agent('order-x');
    await watcher.next(({ instances }) => instances.removed.includes('order-x'));
    expect(await preservation(bed)).toMatchObject({ active: true, lost: 6 });
    expect(await instancesOf(bed)).toHaveLength(6);
    for (const agent of agents.slice(0, 3)) await agent.open(agent.lastEventId);
    expect(await preservation(bed)).toMatchObject({ active: false, lost: 3 });
    const removed = new Set<string>();
    while (removed.size < 3) for (const id of (await watcher.next()).instances.removed) removed.add(id);
    expect([...removed].sort()).toEqual(['order-3', 'order-4', 'order-5']);
  });

  it('is ended by an operator', async () => {
    const bed = await serve({ lease });
    await lostFleet(bed);
    expect((await bed.call('DELETE', '/api/v1/preservation')).status).toBe(204);
    await bed.until(
      () => instancesOf(bed),
      (items) => items.length === 0,
    );
    expect((await bed.call('DELETE', '/api/v1/preservation')).status).toBe(404);
    const [entry] = (await bed.call('GET', '/api/v1/audit?limit=1')).body.items;
    expect(entry).toMatchObject({ action: 'preservation-ended', author: 'admin' });
  });
});

describe('after a restart of the control plane', () => {
  it('instances, addresses and resources are known; the revision of resources goes on', async () => {
    const bed = await serve();
    await bed.apply(aLane('gray'));
    const stock = await bed.streamingAgent('stock-1', { service: 'shop/stock' });
    const agent = await bed.streamingAgent('order-1', { lane: 'gray' });
    await agent.subscribe('stock:8080');
    const { epoch } = await agent.next();
    await bed.close();
    await agent.ended;

    const again = await serve({ dataDir: bed.dataDir }, bed.admin);
    expect(again.server.bootstrapToken).toBeUndefined();
    expect(await instancesOf(again)).toMatchObject([{ id: 'order-1', lane: 'gray', connected: false }]);
    const back = await again.agent('order-1', { lane: 'gray' }, agent.token);
    const first = await back.open(agent.lastEventId);
    expect(first.epoch).not.toBe(epoch);
    expect(first).toMatchObject({ full: true, addresses: { 'stock:8080': 'shop/stock' } });
    expect(first.resources.set).toEqual([aLane('gray')]);
    const readyForMs = expect.any(Number);
    expect(first.instances.set).toEqual([{ ...stock.instance, readyForMs }]);
    expect((await again.apply(aLane('blue'))).body.revision).toBe(2);
  });
});
