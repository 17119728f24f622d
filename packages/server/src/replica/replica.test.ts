import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CARRIED_HEADER } from '../http/client-address.ts';
import { FaultyWire } from '../store/faulty-wire.ts';
import { PostgresCluster, postgresPrograms } from '../store/postgres-cluster.ts';
import { endWriter, giveWriterLock, takeWriterLock, writerOf } from '../store/writer-lock.ts';
import { aLane, serve, type TestAgent, type Testbed } from '../testbed.ts';

const programs = postgresPrograms();

/** Another replica, through which the API is called as through the first. */
async function join(first: Testbed, databaseUrl: string): Promise<Testbed> {
  const bed = await serve({ databaseUrl }, first.admin);
  expect(bed.server.bootstrapToken).toBeUndefined();
  return bed;
}

/** An agent that was told to end its stream, at another replica. */
async function moved(agent: TestAgent, to: Testbed): Promise<TestAgent> {
  await agent.ended;
  const again = to.agentLike(agent);
  await to.until(
    () =>
      again.begin([]).then(
        () => true,
        () => false,
      ),
    (isOpen) => isOpen,
  );
  return again;
}

describe.skipIf(programs === null)('replicas on one PostgreSQL', () => {
  let cluster: PostgresCluster;
  let databaseUrl: string;
  beforeAll(async () => {
    cluster = new PostgresCluster(programs as string);
    await cluster.start();
  });
  afterAll(() => cluster.remove());
  const three = async () => {
    databaseUrl = cluster.createDatabase();
    const first = await serve({ databaseUrl });
    const [second, third] = await Promise.all([join(first, databaseUrl), join(first, databaseUrl)]);
    return [first, second, third] as const;
  };
  const ask = async (sql: string) => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };

  it('the first leads, the others follow; whoever is asked, the answer is the same', async () => {
    const [first, second, third] = await three();
    expect(first.server.follows).toBeUndefined();
    for (const other of [second, third]) expect(other.server.follows).toBe(first.url);
    const agent = await second.streamingAgent('order-1');
    expect((await third.apply(aLane('gray'))).body.revision).toBe(1);
    expect((await agent.next(({ resources }) => resources.set.length > 0)).resources.set).toEqual([aLane('gray')]);
    for (const bed of [first, second, third]) {
      expect((await bed.call('GET', '/api/v1/instances')).body.items).toMatchObject([
        { id: 'order-1', connected: true },
      ]);
      const { items } = (await bed.call('GET', '/api/v1/replicas')).body;
      expect(items.map(({ url, leads }: { url: string; leads: boolean }) => [url, leads])).toEqual(
        [first, second, third].map(({ url }) => [url, url === first.url] as const).sort(),
      );
    }
    expect((await second.call('GET', '/api/v1/tokens', undefined, { token: 'fwy_admin_wrong' })).status).toBe(401);
    await agent.disconnect();
    await first.until(
      () => first.call('GET', '/api/v1/instances'),
      ({ body }) => body.items[0].connected === false,
    );
  });

  it('when the leader ends, another leads at once, and nobody was removed', async () => {
    const [first, second, third] = await three();
    await first.apply(aLane('gray'));
    const agents = [await first.streamingAgent('order-1'), await second.streamingAgent('order-2')];
    await first.close();
    const [own, other] = await Promise.all(agents.map((agent) => moved(agent, third)));
    expect(own?.updates[0]?.resources.set).toEqual([aLane('gray')]);
    for (const bed of [second, third]) {
      const { body } = await bed.until(
        () => bed.call('GET', '/api/v1/instances'),
        ({ status }) => status === 200,
      );
      expect(body.items.map(({ id }: { id: string }) => id).sort()).toEqual(['order-1', 'order-2']);
    }
    expect((await second.apply(aLane('blue'))).body.revision).toBe(2);
    const told = await other?.next(({ resources }) => resources.set.some(({ metadata }) => metadata.name === 'blue'));
    expect(told?.resources.set).toEqual([aLane('blue')]);
    const { items } = (await third.call('GET', '/api/v1/replicas')).body;
    expect(items).toHaveLength(2);
  });

  it('a leader from which the store was taken cannot write any more, and follows', async () => {
    const [first, second] = await three();
    const agent = await first.streamingAgent('order-1');
    const thief = new pg.Client({ connectionString: databaseUrl, application_name: 'thief' });
    await thief.connect();
    onTestFinished(() => thief.end());
    for (let isTaken = false; !isTaken; ) {
      const holder = await writerOf(thief);
      if (holder && holder.name !== 'thief') await endWriter(thief, holder);
      isTaken = await takeWriterLock(thief, 'thief', 'here').then(
        () => true,
        () => false,
      );
    }
    const { status, body } = await first.apply(aLane('gray'));
    expect([status, ['FAIRWAY_STORE_LOCKED', 'FAIRWAY_NO_LEADER']]).toEqual([503, expect.arrayContaining([body.code])]);
    await agent.ended;
    const told = await second.until(
      () => second.call('GET', '/api/v1/instances'),
      (answer) => answer.status === 503,
    );
    expect(told.body.code).toBe('FAIRWAY_NO_LEADER');
    expect((await second.call('GET', '/healthz')).status).toBe(200);
    await second.until(
      () => second.call('GET', '/readyz'),
      ({ status }) => status === 503,
    );
    await giveWriterLock(thief);
    const applied = await first.until(
      () => first.apply(aLane('gray')),
      (answer) => answer.status === 200,
    );
    expect(applied.body.revision).toBe(1);
    for (const bed of [first, second]) expect((await bed.call('GET', '/readyz')).body).toEqual({ status: 'ok' });
    const { items } = (await second.call('GET', '/api/v1/audit')).body;
    expect(items.filter(({ action }: { action: string }) => action === 'created')).toHaveLength(1);
  });

  it('a leader that the database does not hear of is deposed, and follows once it hears of that', async () => {
    databaseUrl = cluster.createDatabase();
    const wire = new FaultyWire(cluster.socket);
    onTestFinished(() => wire.close());
    const { pathname } = new URL(databaseUrl.replace('@/', '@host/'));
    const first = await serve({ databaseUrl: `postgres://fairway@127.0.0.1:${await wire.open()}${pathname}` });
    const second = await join(first, databaseUrl);
    const agent = await first.streamingAgent('order-1');
    wire.fault = 'silent';
    const applied = await second.until(
      () => second.apply(aLane('gray')),
      ({ status }) => status === 200,
    );
    expect(applied.body.revision).toBe(1);
    // Nobody told it yet: its own agents go on with what they know.
    expect((await first.call('GET', '/api/v1/resources')).body.items).toEqual([]);
    wire.fault = 'none';
    await agent.ended;
    const { items } = (
      await first.until(
        () => first.call('GET', '/api/v1/resources'),
        ({ status, body }) => status === 200 && body.items.length > 0,
      )
    ).body;
    expect(items).toMatchObject([{ key: 'shop/Lane/gray' }]);
  }, 60_000);

  it('while the database is away all go on; when it is back, the same one leads', async () => {
    const [first, second, third] = await three();
    const agents = [await first.streamingAgent('order-1'), await second.streamingAgent('order-2')];
    await cluster.stop();
    onTestFinished(() => cluster.start());
    for (const bed of [first, second, third]) {
      expect((await bed.apply(aLane('gray'))).status).toBe(503);
      expect((await bed.call('GET', '/api/v1/instances')).body.items).toHaveLength(2);
    }
    await cluster.start();
    await third.until(
      () => third.apply(aLane('gray')),
      ({ status }) => status === 200,
    );
    for (const agent of agents) await agent.next(({ resources }) => resources.set.length > 0);
    const { items } = (await third.call('GET', '/api/v1/replicas')).body;
    expect(items.find(({ leads }: { leads: boolean }) => leads).url).toBe(first.url);
  });

  it('a follower says that nobody leads, and what it cannot reach', async () => {
    const [first, second] = await three();
    const nobody = createServer((request) => request.socket.destroy());
    onTestFinished(() => void nobody.close());
    await once(nobody.listen(0, '127.0.0.1'), 'listening');
    const { port } = nobody.address() as AddressInfo;
    await ask(`update fairway_replica set url = 'http://127.0.0.1:${port}' where leads`);
    const answer = await second.until(
      () => second.call('GET', '/api/v1/instances'),
      ({ status }) => status !== 200,
    );
    expect(answer).toMatchObject({ status: 503, body: { code: 'FAIRWAY_NO_LEADER' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await first.call('GET', '/api/v1/instances')).status).toBe(200);
  });

  it('a request is told by its own address, whichever way it came, and nobody else can say so', async () => {
    const [first, second] = await three();
    const wrong = (bed: Testbed, headers = {}) =>
      bed.call('GET', '/api/v1/instances', undefined, { token: 'fwy_viewer_wrong', headers });
    // One that claims to be passed on counts for the address that it came from.
    for (let n = 0; n < 31; n++) await wrong(first, { [CARRIED_HEADER]: `guessed 10.0.0.${n}` });
    expect((await wrong(first)).status).toBe(429);
    expect((await wrong(second)).status).toBe(429);
    const seen: IncomingMessage[] = [];
    const spy = createServer((request, response) => {
      seen.push(request);
      response.end();
    });
    onTestFinished(() => void spy.close());
    await once(spy.listen(0, '127.0.0.1'), 'listening');
    const { port } = spy.address() as AddressInfo;
    const [{ secret }] = await ask('select secret from fairway_replica where leads');
    await ask(`update fairway_replica set url = 'http://127.0.0.1:${port}' where leads`);
    await second.until(
      () => second.call('GET', '/api/v1/instances', undefined, { headers: { [CARRIED_HEADER]: '' } }),
      () => seen.length > 0,
    );
    expect(seen[0]?.headers[CARRIED_HEADER]).toBe(`${secret} 127.0.0.1`);
  });
});
