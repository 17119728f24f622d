import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { aLane, serve, temporaryFolder } from '../testbed.ts';
import { FaultyWire } from './faulty-wire.ts';
import { PostgresCluster, postgresPrograms } from './postgres-cluster.ts';
import { postgresDatabase } from './postgres-database.ts';
import { openSqlStore } from './sql-store.ts';
import { storeContract } from './store.contract.ts';

const programs = postgresPrograms();
if (programs === null) {
  const message = 'PostgreSQL is not installed: its store is NOT tested (apt-get install postgresql)';
  if (process.env['CI']) throw new Error(message);
  console.warn(message);
}

describe.skipIf(programs === null)('on PostgreSQL', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = new PostgresCluster(programs as string);
    await cluster.start();
  });
  afterAll(() => cluster.remove());

  storeContract(async () => {
    const url = cluster.createDatabase();
    let store = await openSqlStore(postgresDatabase(url));
    onTestFinished(() => store.close());
    return {
      store,
      async reopen() {
        await store.close();
        store = await openSqlStore(postgresDatabase(url));
        return store;
      },
    };
  });

  it('one database has one server; a second is told which process has it', async () => {
    const url = cluster.createDatabase();
    const store = await openSqlStore(postgresDatabase(url));
    const second = openSqlStore(postgresDatabase(url));
    await expect(second).rejects.toMatchObject({
      code: 'FAIRWAY_STORE_LOCKED',
      message: expect.stringContaining(`fairway ${process.pid}@`),
    });
    await store.close();
    await (await openSqlStore(postgresDatabase(url))).close();
  });

  it('a database that is not there is refused with the reason, without the password', async () => {
    const refused = openSqlStore(postgresDatabase('postgres://anna:geheim@127.0.0.1:1/nothing'));
    const error: Error = await refused.then(
      () => new Error('it was opened'),
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code: 'FAIRWAY_STORE_UNAVAILABLE' });
    expect(error.message).toContain('postgres://anna@127.0.0.1:1/nothing');
    expect(error.message).not.toContain('geheim');
  });

  it('a server serves agents while the database is away, and changes once it is back', async () => {
    const bed = await serve({ databaseUrl: cluster.createDatabase(), dataDir: temporaryFolder() });
    await bed.apply(aLane('gray'));
    const agent = await bed.streamingAgent('order-1');
    await agent.acknowledge((agent.updates[0] as { revision: number }).revision);
    await cluster.stop();
    onTestFinished(() => cluster.start());

    const refused = await bed.apply(aLane('blue'));
    expect(refused).toMatchObject({ status: 503, body: { code: 'FAIRWAY_STORE_UNAVAILABLE' } });
    expect(refused.body.detail).toContain('cannot write the store at postgres://fairway@');
    expect((await bed.call('POST', '/api/v1/tokens', { name: 'x', role: 'viewer' })).status).toBe(503);
    expect((await bed.call('GET', '/api/v1/resources')).body.items).toMatchObject([{ key: 'shop/Lane/gray' }]);
    expect((await bed.call('GET', '/readyz', undefined, { token: undefined })).body).toEqual({ status: 'degraded' });
    const second = await bed.streamingAgent('order-2', {}, agent.token);
    await agent.subscribe('order:8080');
    expect((await agent.next()).instances.set.map(({ id }) => id).sort()).toEqual(['order-1', 'order-2']);
    expect(second.updates[0]?.resources.set).toEqual([aLane('gray')]);

    await cluster.start();
    const applied = await bed.until(
      () => bed.apply(aLane('blue')),
      ({ status }) => status === 200,
    );
    expect(applied.body.revision).toBe(2);
    expect((await agent.next(({ resources }) => resources.set.length > 0)).resources.set).toEqual([aLane('blue')]);
    expect((await bed.call('GET', '/readyz', undefined, { token: undefined })).body).toEqual({ status: 'ok' });
  });

  it('what happened to the fleet while the database was away is stored later', async () => {
    const databaseUrl = cluster.createDatabase();
    const bed = await serve({ databaseUrl });
    const token = await bed.token('agent', 'shop');
    await cluster.stop();
    onTestFinished(() => cluster.start());
    await bed.agent('order-1', {}, token);
    await cluster.start();
    await bed.until(
      () => bed.call('GET', '/readyz'),
      ({ body }) => body.status === 'ok',
    );
    await bed.close();
    const again = await serve({ databaseUrl }, bed.admin);
    expect((await again.call('GET', '/api/v1/instances')).body.items).toMatchObject([{ id: 'order-1' }]);
  });

  it('a network that swallows everything ends in an error in time; after it the lock is taken back from itself', async () => {
    const wire = new FaultyWire(cluster.socket);
    onTestFinished(() => wire.close());
    const { pathname } = new URL(cluster.createDatabase().replace('@/', '@host/'));
    const store = await openSqlStore(
      postgresDatabase(`postgres://fairway@127.0.0.1:${await wire.open()}${pathname}`, { timeoutMs: 500 }),
    );
    onTestFinished(() => store.close());
    const entry = { at: '', author: 'anna', action: 'noted', target: '', revision: null, reason: null };
    await store.note(entry);
    wire.fault = 'silent';
    await expect(store.note(entry)).rejects.toMatchObject({ code: 'FAIRWAY_STORE_UNAVAILABLE' });
    await expect(store.note(entry)).rejects.toMatchObject({ code: 'FAIRWAY_STORE_UNAVAILABLE' });
    wire.fault = 'none';
    await store.note(entry);
    expect(await store.audit({ limit: 10 })).toHaveLength(2);
  });

  it('a change whose answer got lost is found out about: it was made, so agents are told', async () => {
    const wire = new FaultyWire(cluster.socket);
    onTestFinished(() => wire.close());
    const { pathname } = new URL(cluster.createDatabase().replace('@/', '@host/'));
    const bed = await serve({ databaseUrl: `postgres://fairway@127.0.0.1:${await wire.open()}${pathname}` });
    const agent = await bed.streamingAgent('order-1');
    wire.fault = 'cut-answer';
    const answers = await Promise.all([bed.apply(aLane('gray')), bed.apply(aLane('blue'))]);
    expect(answers.map(({ status }) => status)).toEqual([503, 200]);
    const told = [await agent.next(), await agent.next()].map(({ resources }) => resources.set);
    expect(told).toEqual([[aLane('gray')], [aLane('blue')]]);
    const { items } = (await bed.call('GET', '/api/v1/resources')).body;
    expect(items).toMatchObject([
      { key: 'shop/Lane/gray', revision: 1 },
      { key: 'shop/Lane/blue', revision: 2 },
    ]);
  });
});
