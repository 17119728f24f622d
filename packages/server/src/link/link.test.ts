import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { aLane, anInstance, aService, serve, type TestAgent, type Testbed } from '../testbed.ts';

const instancesOf = async (bed: Testbed, query = '') => (await bed.call('GET', `/api/v1/instances${query}`)).body.items;

/** The instance of an agent, as others are told of it soon after it was ready. */
const ready = ({ instance }: TestAgent) => ({ ...instance, readyForMs: expect.any(Number) });

describe('the stream of an agent', () => {
  it('begins with everything of its namespace, then tells of changes', async () => {
    const bed = await serve();
    await bed.apply(aLane('gray'), aLane('other', {}, 'bank'));
    const agent = await bed.agent('order-1');
    const first = await agent.open();
    expect(first).toMatchObject({ full: true, namespace: 'shop', addresses: {}, instances: { set: [] } });
    expect(first.resources.set).toEqual([aLane('gray')]);
    await bed.apply(aLane('gray', { strict: true }), aLane('blue'));
    const second = await agent.next();
    expect(second).toMatchObject({ full: false, epoch: first.epoch, resources: { removed: [] } });
    expect(second.resources.set).toEqual([aLane('gray', { strict: true }), aLane('blue')]);
    expect(second.revision).toBeGreaterThan(first.revision);
    await bed.call('DELETE', '/api/v1/resources/shop/Lane/blue');
    expect((await agent.next()).resources).toEqual({ set: [], removed: ['shop/Lane/blue'] });
  });

  it('is told of a change before the change is answered', async () => {
    const bed = await serve();
    const agents = await Promise.all(['a', 'b', 'c'].map((id) => bed.streamingAgent(id)));
    const order: string[] = [];
    const told = agents.map((agent) => agent.next().then(() => order.push('told')));
    await bed.apply(aLane('gray')).then(() => order.push('answered'));
    await Promise.all(told);
    expect(order).toHaveLength(4);
    for (const agent of agents) expect(agent.updates).toHaveLength(2);
  });

  it('says nothing of other namespaces', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    await bed.apply(aLane('gray', {}, 'bank'));
    await bed.apply(aLane('mine'));
    expect((await agent.next()).resources.set).toEqual([aLane('mine')]);
  });

  it('tells of what speaks of the services in another namespace, once it calls one there', async () => {
    const bed = await serve();
    await bed.agent('desk-1', { service: 'bank/desk' }, await bed.token('agent', 'bank'));
    const desk = (edge: boolean) => aService('desk', { edge }, 'bank');
    await bed.apply(desk(true), aLane('gray', {}, 'bank'));
    const agent = await bed.streamingAgent('order-1');
    await agent.subscribe('desk.bank:8080');
    const first = await agent.next(({ addresses }) => 'desk.bank:8080' in addresses);
    expect(first.addresses).toEqual({ 'desk.bank:8080': 'bank/desk' });
    expect(first.resources.set).toEqual([desk(true)]);
    await bed.apply(aLane('blue', {}, 'bank'), desk(false));
    expect((await agent.next(({ resources }) => resources.set.length > 0)).resources.set).toEqual([desk(false)]);
  });

  it('tells of the switch of the namespace', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    await bed.call('PUT', '/api/v1/namespaces/shop', { enabled: false });
    expect((await agent.next()).resources.set).toMatchObject([{ kind: 'Namespace', spec: { enabled: false } }]);
  });

  it('resumes where it was', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    await bed.apply(aLane('gray'));
    await agent.next();
    await agent.disconnect();
    await bed.apply(aLane('blue'));
    await bed.call('DELETE', '/api/v1/resources/shop/Lane/gray');
    const update = await agent.open(agent.lastEventId);
    expect(update).toMatchObject({ full: false, resources: { set: [aLane('blue')], removed: ['shop/Lane/gray'] } });
  });

  it('begins and resumes with one request, which registers and subscribes too', async () => {
    const bed = await serve();
    await bed.agent('pay-1', { service: 'shop/pay' });
    const agent = await bed.strangeAgent('order-1');
    const first = await agent.begin(['pay:8080']);
    expect(first).toMatchObject({ full: true, addresses: { 'pay:8080': 'shop/pay' } });
    expect(first.instances.set.map(({ id }) => id)).toEqual(['pay-1']);
    const own = (await instancesOf(bed)).find(({ id }: { id: string }) => id === 'order-1');
    expect(own).toMatchObject({ service: 'shop/order', connected: true });
    await agent.disconnect();
    await bed.apply(aLane('blue'));
    expect(await agent.begin(['pay:8080'], agent.lastEventId)).toMatchObject({
      full: false,
      resources: { set: [aLane('blue')], removed: [] },
    });
  });

  it('begins with what others of the service call, where that is a service', async () => {
    const bed = await serve();
    await bed.agent('stock-1', { service: 'shop/stock' });
    const elder = await bed.streamingAgent('order-1', { service: 'shop/order' });
    await elder.subscribe('stock:8080', 'example.org:443');
    await elder.next(({ addresses }) => 'stock:8080' in addresses);
    const newcomer = await bed.strangeAgent('order-2', { service: 'shop/order' });
    const first = await newcomer.begin([]);
    expect(first.addresses).toEqual({ 'stock:8080': 'shop/stock' });
    expect(first.instances.set.map(({ id }) => id)).toEqual(['stock-1']);
    const stranger = await bed.strangeAgent('pay-1', { service: 'shop/pay' });
    expect((await stranger.begin([])).addresses).toEqual({});
  });

  it('goes on with what others of the service come to call by a name, as soon as it is a service', async () => {
    const bed = await serve();
    await bed.agent('stock-1', { service: 'shop/stock', host: '10.9.9.9' });
    const [first, second, stranger] = [
      await bed.streamingAgent('order-1', { service: 'shop/order' }),
      await bed.streamingAgent('order-2', { service: 'shop/order' }),
      await bed.streamingAgent('pay-1', { service: 'shop/pay' }),
    ];
    await first.subscribe('stock:8080', '10.9.9.9:8080', 'user:8080', 'example.org:443');
    expect(await second.next()).toMatchObject({
      addresses: { 'stock:8080': 'shop/stock' },
      instances: { set: [{ id: 'stock-1' }] },
    });
    await bed.agent('user-1', { service: 'shop/user' });
    const later = await second.next(({ addresses }) => 'user:8080' in addresses);
    expect(later.addresses).toEqual({ 'user:8080': 'shop/user' });
    expect(later.instances.set.map(({ id }) => id)).toEqual(['user-1']);
    await bed.apply(aLane('gray'));
    expect(await stranger.next()).toMatchObject({ addresses: {}, instances: { set: [] } });
  });

  it('is refused to a token of another namespace, and then nothing is registered', async () => {
    const bed = await serve();
    const agent = await bed.strangeAgent('order-1', {}, await bed.token('agent', 'bank'));
    await expect(agent.begin([])).rejects.toThrow(/403/);
    expect(await instancesOf(bed)).toEqual([]);
  });

  it('starts over for an unknown epoch, revision, or what is neither', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    const [epoch] = (agent.lastEventId ?? '').split('.');
    for (const last of ['other.1', `${epoch}.999999`, 'nonsense', '']) {
      await agent.disconnect();
      expect((await agent.open(last)).full).toBe(true);
    }
  });

  it('is for registered instances only', async () => {
    const bed = await serve();
    const agent = await bed.agent('order-1');
    await agent.state('gone');
    await expect(agent.open()).rejects.toThrow('404');
    for (const answer of [agent.state('ready'), agent.subscribe('a:1'), agent.acknowledge(1)]) {
      expect((await answer).status).toBe(404);
    }
  });

  it('replaces an earlier one of the same instance, which stays in good standing', async () => {
    const bed = await serve();
    const watcher = await bed.streamingAgent('watch-1', { service: 'shop/watch' });
    const agent = await bed.streamingAgent('order-1');
    await watcher.subscribe('order:8080');
    await watcher.next();
    const first = agent.ended;
    await agent.open();
    await first;
    await agent.state('draining');
    expect((await watcher.next()).instances.set).toEqual([{ ...agent.instance, state: 'draining' }]);
    expect(await instancesOf(bed, '?service=order')).toMatchObject([{ connected: true }]);
  });

  it('ends when its token is taken back', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    const { items } = (await bed.call('GET', '/api/v1/tokens')).body;
    const { id } = items.find(({ role }: { role: string }) => role === 'agent');
    await bed.call('DELETE', `/api/v1/tokens/${id}`);
    await agent.ended;
    expect((await agent.state('ready')).status).toBe(401);
  });

  it('shows signs of life', async () => {
    const bed = await serve({ heartbeatMs: 20 });
    const agent = await bed.agent('order-1');
    const headers = { authorization: `Bearer ${agent.token}` };
    const response = await fetch(`${bed.url}/agent/v1/stream?instance=order-1`, { headers });
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes(': ping\n\n')) text += (await reader.read()).value;
    await reader.cancel();
  });

  it('is dropped when an agent that used to acknowledge does so no more, and only then', async () => {
    const bed = await serve({ probeMs: 100, ackTimeoutMs: 2_000 });
    const mute = await bed.streamingAgent('mute-1');
    const [alive, dead] = [await bed.streamingAgent('order-1'), await bed.streamingAgent('order-2')];
    for (const agent of [alive, dead]) await agent.acknowledge((agent.updates[0] as { revision: number }).revision);
    const acknowledging = (async () => {
      for (;;) await alive.acknowledge((await alive.next()).revision);
    })();
    acknowledging.catch(() => {});
    await dead.ended;
    const connected = (await instancesOf(bed)).filter((instance: { connected: boolean }) => instance.connected);
    expect(connected.map(({ id }: { id: string }) => id).sort()).toEqual(['mute-1', 'order-1']);
    expect(alive.updates.at(-1)).toMatchObject({ full: false, addresses: {}, resources: { set: [], removed: [] } });
    expect(mute.updates).toHaveLength(1);
  });

  it('is dropped when the agent does not read it, and the agent loses its lease', async () => {
    const bed = await serve({ stallMs: 200 });
    const agent = await bed.agent('order-1');
    const socket = connect(Number(new URL(bed.url).port), '127.0.0.1');
    socket.pause();
    socket.write(
      `GET /agent/v1/stream?instance=order-1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${agent.token}\r\n\r\n`,
    );
    await bed.until(
      () => instancesOf(bed),
      ([instance]) => instance.connected,
    );
    // More than sockets buffer: the server must keep no more than one update of it.
    const annotations = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`note-${n}`, 'x'.repeat(4_000)]));
    for (let n = 0; n < 12; n++) {
      const lane = aLane(`lane-${n}`);
      const answer = await bed.apply({ ...lane, metadata: { ...lane.metadata, annotations } });
      expect(answer.status).toBe(200);
    }
    const [instance] = await bed.until(
      () => instancesOf(bed),
      ([instance]) => !instance.connected,
    );
    expect(instance.suspect).toBe(true);
    socket.destroy();
  });

  it('catches up with what changed while the agent was slow', async () => {
    const bed = await serve();
    const agent = await bed.agent('order-1');
    const socket = connect(Number(new URL(bed.url).port), '127.0.0.1');
    socket.pause();
    const { token } = agent;
    socket.write(`GET /agent/v1/stream?instance=order-1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
    await bed.until(
      () => instancesOf(bed),
      ([instance]) => instance.connected,
    );
    const annotations = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`note-${n}`, 'x'.repeat(4_000)]));
    for (let n = 0; n < 12; n++) {
      const lane = aLane('gray', { strict: n % 2 === 0 });
      await bed.apply({ ...lane, metadata: { ...lane.metadata, annotations } });
    }
    await bed.apply(aLane('last'));
    let text = '';
    for await (const chunk of socket.resume().setEncoding('utf8')) {
      text += chunk;
      if (text.includes('"name":"last"')) break;
    }
    const updates = text.split('event: update').length - 1;
    expect(updates).toBeLessThan(13);
    expect(text.lastIndexOf('"strict":false')).toBeGreaterThan(0);
  });
});

describe('what an agent asks for', () => {
  it('is answered with the services and their instances, by any name of theirs', async () => {
    const bed = await serve();
    await bed.apply(aService('stock', { hosts: ['Stock.example.com'] }));
    const stock = await bed.agent('stock-1', { service: 'shop/stock' });
    const agent = await bed.streamingAgent('order-1');
    const addresses = {
      'stock:8080': 'shop/stock',
      'stock.shop:8080': 'shop/stock',
      'stock.shop.svc.cluster.local:8080': 'shop/stock',
      'stock.example.com:443': 'shop/stock',
      [`${stock.instance.host}:8080`]: 'shop/stock',
      'www.example.com:443': null,
      '[::1]:80': null,
    };
    await agent.subscribe(...Object.keys(addresses));
    const update = await agent.next();
    expect(update.addresses).toEqual(addresses);
    expect(update.instances.set).toEqual([ready(stock)]);
  });

  it('is found whatever its case', async () => {
    const bed = await serve();
    await bed.agent('stock-1', { service: 'shop/stock' });
    const agent = await bed.streamingAgent('order-1');
    await agent.subscribe('STOCK:8080');
    expect((await agent.next()).addresses).toEqual({ 'stock:8080': 'shop/stock' });
  });

  it.each([
    ['an instance of the service', (bed: Testbed) => bed.agent('stock-1', { service: 'shop/stock' }), 'stock:8080'],
    ['a Service resource', (bed: Testbed) => bed.apply(aService('stock')), 'stock:8080'],
    ['a declared host', (bed: Testbed) => bed.apply(aService('stock', { hosts: ['s.example'] })), 's.example:443'],
    [
      'an instance at the address',
      (bed: Testbed) => bed.agent('stock-1', { service: 'shop/stock', host: '10.9.9.9' }),
      '10.9.9.9:8080',
    ],
  ])('is told later when it becomes known by %s', async (_what, happen, address) => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    await agent.subscribe(address);
    expect((await agent.next()).addresses).toEqual({ [address]: null });
    await happen(bed);
    const update = await agent.next(({ addresses }) => address in addresses);
    expect(update.addresses).toEqual({ [address]: 'shop/stock' });
  });

  it('stays known as a hint when the instance at the address is gone', async () => {
    const bed = await serve();
    const stock = await bed.agent('stock-1', { service: 'shop/stock', host: '10.9.9.9' });
    const agent = await bed.streamingAgent('order-1');
    await agent.subscribe('10.9.9.9:8080');
    await agent.next();
    await stock.state('gone');
    expect(await agent.next()).toMatchObject({ addresses: {}, instances: { removed: ['stock-1'] } });
  });

  it('is told anew when another service takes the address over', async () => {
    const bed = await serve();
    const stock = await bed.agent('stock-1', { service: 'shop/stock', host: '10.9.9.9' });
    const agent = await bed.streamingAgent('order-1');
    await agent.subscribe('10.9.9.9:8080');
    await agent.next();
    await stock.state('gone');
    const user = await bed.agent('user-1', { service: 'shop/user', host: '10.9.9.9' });
    const update = await agent.next(({ addresses }) => '10.9.9.9:8080' in addresses);
    expect(update.addresses).toEqual({ '10.9.9.9:8080': 'shop/user' });
    expect(update.instances.set).toEqual([ready(user)]);
  });

  it('means nothing any more when the host is no longer declared', async () => {
    const bed = await serve();
    await bed.apply(aService('stock', { hosts: ['s.example'] }));
    const agent = await bed.streamingAgent('order-1');
    await agent.subscribe('s.example:443');
    expect((await agent.next()).addresses).toEqual({ 's.example:443': 'shop/stock' });
    await bed.apply(aService('stock', { hosts: [] }));
    expect((await agent.next()).addresses).toEqual({ 's.example:443': null });
  });

  it('is not forgotten when nobody was listening', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    await agent.disconnect();
    await agent.subscribe('stock:8080');
    const stock = await bed.agent('stock-1', { service: 'shop/stock' });
    const update = await agent.open(agent.lastEventId);
    expect(update).toMatchObject({ full: false, addresses: { 'stock:8080': 'shop/stock' } });
    expect(update.instances.set).toEqual([ready(stock)]);
  });

  it('does not include instances of services that it does not call', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    await agent.subscribe('stock:8080');
    await agent.next();
    await bed.agent('user-1', { service: 'shop/user' });
    await bed.agent('stock-1', { service: 'shop/stock' });
    const update = await agent.next();
    expect(update.instances.set.map(({ id }) => id)).toEqual(['stock-1']);
  });

  it('is bounded: the oldest addresses that mean nothing are forgotten first', async () => {
    const bed = await serve();
    await bed.apply(aService('stock'), aService('h0'));
    const agent = await bed.agent('order-1');
    const some = (from: number) => Array.from({ length: 4_096 }, (_, n) => `h${from + n}:80`);
    for (const addresses of [['stock:80'], some(0), some(4_096)]) {
      expect((await agent.subscribe(...addresses)).status).toBe(204);
    }
    const { addresses } = await agent.open();
    expect(Object.keys(addresses)).toHaveLength(8_192);
    expect(addresses).toMatchObject({ 'stock:80': 'shop/stock', 'h0:80': 'shop/h0', 'h8191:80': null });
    expect(addresses).not.toHaveProperty(['h1:80']);
    const tooMany = await agent.subscribe(...some(0), 'one-more:80');
    expect(tooMany.body.problems).toMatchObject([{ path: 'addresses' }]);
  });
});

describe('propagation', () => {
  it('waits for the acknowledgements of all agents that are connected', async () => {
    const bed = await serve();
    const agents = [await bed.streamingAgent('order-1'), await bed.streamingAgent('order-2')];
    for (const agent of agents) await agent.acknowledge((agent.updates[0] as { revision: number }).revision);
    const { revision } = (await bed.apply(aLane('gray'))).body;
    const early = await bed.call('GET', `/api/v1/propagation?revision=${revision}&timeoutMs=0`);
    expect(early.body).toEqual({ revision, agents: 2, acknowledged: 0, pending: ['order-1', 'order-2'] });
    const late = bed.call('GET', `/api/v1/propagation?revision=${revision}`);
    for (const agent of agents) await agent.acknowledge((await agent.next()).revision);
    expect((await late).body).toEqual({ revision, agents: 2, acknowledged: 2, pending: [] });
    expect(await instancesOf(bed)).toMatchObject([{ revision }, { revision }]);
  });

  it('does not wait for an agent that left, nor for one whom the change does not concern', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1');
    const other = await bed.streamingAgent('pay-1', { service: 'bank/pay' });
    await other.acknowledge((other.updates[0] as { revision: number }).revision);
    const { revision } = (await bed.apply(aLane('gray'))).body;
    const waiting = bed.call('GET', `/api/v1/propagation?revision=${revision}`);
    const mine = bed.call('GET', `/api/v1/propagation?revision=${revision}&namespace=bank`);
    expect((await mine).body).toEqual({ revision, agents: 1, acknowledged: 1, pending: [] });
    await agent.disconnect();
    expect((await waiting).body).toEqual({ revision, agents: 1, acknowledged: 1, pending: [] });
  });

  it('refuses a revision that does not exist yet', async () => {
    const bed = await serve();
    const answer = await bed.call('GET', '/api/v1/propagation?revision=7');
    expect(answer.body.problems).toMatchObject([{ path: 'revision', found: '7' }]);
  });
});

describe('what an agent may say', () => {
  it.each([
    ['no id', { id: '' }, 'instance.id'],
    ['a port that is none', { ports: [99_999] }, 'instance.ports.0'],
    ['an unknown state', { state: 'asleep' }, 'instance.state'],
    ['a key that is not known', { colour: 'red' }, 'instance.colour'],
    ['a lane that is a path', { lane: '../etc' }, 'instance.lane'],
  ])('is checked: %s', async (_what, over, path) => {
    const bed = await serve();
    const token = await bed.token('agent', 'shop');
    const body = {
      version: 1,
      instance: { ...anInstance('order-1'), ...over },
      agent: { version: '1', runtime: 'test', pid: 1 },
    };
    const answer = await bed.call('POST', '/agent/v1/instances', body, { token });
    expect(answer.status).toBe(400);
    const paths = answer.body.problems.map((problem: { path: string }) => problem.path.replace(/\[(\d+)\]/, '.$1'));
    expect(paths).toContain(path);
  });

  it('is of its own namespace only', async () => {
    const bed = await serve();
    const token = await bed.token('agent', 'shop');
    await bed.streamingAgent('pay-1', { service: 'bank/pay' });
    const registration = (over: object) => ({
      version: 1,
      instance: { ...anInstance('order-1'), ...over },
      agent: { version: '1', runtime: 'test', pid: 1 },
    });
    const foreign = [
      ['POST', '/agent/v1/instances', registration({ service: 'bank/order' })],
      ['POST', '/agent/v1/instances', registration({ id: 'pay-1' })],
      ['POST', '/agent/v1/state', { version: 1, instance: 'pay-1', state: 'gone' }],
      ['POST', '/agent/v1/subscriptions', { version: 1, instance: 'pay-1', addresses: ['a:1'] }],
      ['POST', '/agent/v1/acks', { version: 1, instance: 'pay-1', revision: 1 }],
      ['GET', '/agent/v1/stream?instance=pay-1', undefined],
    ] as const;
    for (const [method, path, body] of foreign) {
      expect((await bed.call(method, path, body, { token })).body).toMatchObject({ code: 'FAIRWAY_FORBIDDEN' });
    }
    expect(await instancesOf(bed)).toMatchObject([{ id: 'pay-1', service: 'bank/pay', state: 'ready' }]);
  });

  it('is of a token that holds so many streams and no more', async () => {
    const bed = await serve({ maxStreamsPerToken: 2 });
    const token = await bed.token('agent', 'shop');
    await bed.streamingAgent('order-1', {}, token);
    const second = await bed.streamingAgent('order-2', {}, token);
    const third = await bed.agent('order-3', {}, token);
    await expect(third.open()).rejects.toThrow('429');
    await second.open();
  });
});
