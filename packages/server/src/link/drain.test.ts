import { describe, expect, it } from 'vitest';
import { serve, type TestAgent, type Testbed } from '../testbed.ts';

/** An agent that calls shop/order and acknowledged what it was told up to now. */
async function callerOf(bed: Testbed, id: string): Promise<TestAgent> {
  const caller = await bed.streamingAgent(id, { service: 'shop/web' });
  await caller.subscribe('order:8080');
  const { revision } = await caller.next(({ instances }) => instances.set.length > 0);
  await caller.acknowledge(revision);
  return caller;
}

const drained = ({ instances }: { instances: { set: readonly { state: string }[] } }) =>
  instances.set[0]?.state === 'draining';

describe('the callers of a draining instance', () => {
  it('are counted until all acknowledged; the answer is held for them', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    const [one, two] = [await callerOf(bed, 'web-1'), await callerOf(bed, 'web-2')];
    await bed.streamingAgent('stranger-1', { service: 'shop/stranger' });
    await agent.state('draining');
    let answers = 0;
    const held = agent.callers('draining').finally(() => answers++);
    await one.acknowledge((await one.next(drained)).revision);
    const { revision } = await two.next(drained);
    await two.acknowledge(revision - 1);
    expect(answers).toBe(0);
    await two.acknowledge(revision);
    expect((await held).body).toEqual({ version: 1, callers: 2, acknowledged: 2, missing: [] });
    expect((await agent.callers('draining')).body).toMatchObject({ callers: 2, acknowledged: 2 });
  });

  it('do not count any more when they disconnect, nor does the instance itself', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    await agent.subscribe('order:8080');
    const caller = await callerOf(bed, 'web-1');
    await agent.state('draining');
    const held = agent.callers('draining');
    await caller.next(drained);
    await caller.disconnect();
    expect((await held).body).toEqual({ version: 1, callers: 0, acknowledged: 0, missing: [] });
  });

  it('that are asked about too often at a time are told as they are', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    const caller = await callerOf(bed, 'web-1');
    await agent.state('draining');
    const held = Array.from({ length: 9 }, () => agent.callers('draining'));
    expect((await Promise.race(held)).body).toEqual({ version: 1, callers: 1, acknowledged: 0, missing: ['web-1'] });
    await caller.acknowledge((await caller.next(drained)).revision);
    const all = await Promise.all(held);
    expect(all.filter(({ body }) => body.acknowledged === 1)).toHaveLength(8);
  });

  it('are asked about by those who may, of an instance that drains', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    expect(await agent.callers('draining')).toMatchObject({ status: 409, body: { code: 'FAIRWAY_CONFLICT' } });
    await agent.state('draining');
    const token = await bed.token('agent', 'bank');
    expect(
      (await bed.call('GET', '/agent/v1/callers?instance=order-1&state=draining', undefined, { token })).status,
    ).toBe(403);
    expect(
      (await bed.call('GET', '/agent/v1/callers?instance=nobody&state=draining', undefined, { token })).status,
    ).toBe(404);
    await agent.state('ready');
    expect((await agent.callers('draining')).status).toBe(409);
  });
});

it('the callers of an instance that is ready are counted in the same way', async () => {
  const bed = await serve();
  const agent = await bed.streamingAgent('order-1', { state: 'starting' });
  const caller = await callerOf(bed, 'web-1');
  expect((await agent.callers('ready')).status).toBe(409);
  await agent.state('ready');
  const held = agent.callers('ready');
  await caller.acknowledge((await caller.next(({ instances }) => instances.set[0]?.state === 'ready')).revision);
  expect((await held).body).toMatchObject({ callers: 1, acknowledged: 1 });
});

describe('a command', () => {
  it('is told at once, and with each new stream until the instance did it', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    const answer = await bed.call('POST', '/api/v1/instances/order-1/drain?reason=kernel');
    expect(answer.body).toEqual({
      instance: 'order-1',
      service: 'shop/order',
      command: 'drain',
      state: 'ready',
      connected: true,
    });
    expect(await agent.commanded(1)).toEqual(['drain']);
    await agent.disconnect();
    await agent.open();
    expect(await agent.commanded(2)).toEqual(['drain', 'drain']);
    await agent.state('draining');
    await agent.disconnect();
    await agent.open();
    await bed.call('POST', '/api/v1/instances/order-1/resume');
    expect(await agent.commanded(3)).toEqual(['drain', 'drain', 'resume']);
    expect((await bed.call('GET', '/api/v1/audit?limit=2')).body.items).toMatchObject([
      { action: 'instance-resumed', target: 'order-1', reason: null },
      { action: 'instance-drained', target: 'order-1', reason: 'kernel' },
    ]);
  });

  it('that was not done yet is told again by a control plane that starts anew', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    await bed.streamingAgent('order-2');
    await bed.call('POST', '/api/v1/instances/order-1/drain');
    expect(await agent.commanded(1)).toEqual(['drain']);
    await bed.close();

    const again = await serve({ dataDir: bed.dataDir }, bed.admin);
    const other = await again.agent('order-2', {}, agent.token);
    const back = await again.agent('order-1', {}, agent.token);
    await other.open();
    await back.open();
    expect(await back.commanded(1)).toEqual(['drain']);
    await back.state('draining');
    await back.disconnect();
    await back.open();
    await again.call('POST', '/api/v1/instances/order-1/resume');
    expect(await back.commanded(2)).toEqual(['drain', 'resume']);
    await again.call('POST', '/api/v1/instances/order-2/resume');
    await again.call('POST', '/api/v1/instances/order-2/drain');
    expect(await other.commanded(1)).toEqual(['drain']);
  });

  it('that is taken back before it was done is followed by the other one', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    for (const command of ['drain', 'resume']) await bed.call('POST', `/api/v1/instances/order-1/${command}`);
    expect(await agent.commanded(2)).toEqual(['drain', 'resume']);
  });

  it('is given by admins alone, to instances that are there', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    const token = await bed.token('viewer');
    expect((await bed.call('POST', '/api/v1/instances/order-1/drain', undefined, { token })).status).toBe(403);
    expect((await bed.call('POST', '/api/v1/instances/nobody/drain')).status).toBe(404);
    await agent.state('draining');
    const status = await bed.call('GET', '/api/v1/instances/order-1/drain', undefined, { token });
    expect(status.body).toEqual({ callers: 0, acknowledged: 0, missing: [] });
  });
});
