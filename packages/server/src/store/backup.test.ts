import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerOptions } from '../option.ts';
import { aLane, serve, type Testbed, temporaryFolder } from '../testbed.ts';
import { restoreStore } from './open-store.ts';
import { PostgresCluster, postgresPrograms } from './postgres-cluster.ts';

const PAGES = ['resources', 'audit', 'tokens', 'users', 'instances', 'requests', 'releases'];

/** A server that has something of everything. */
async function filled(options: ServerOptions): Promise<Testbed> {
  const bed = await serve(options);
  await bed.apply(aLane('gray'), aLane('blue'));
  await bed.apply(aLane('gray', { strict: true }));
  await bed.call('DELETE', '/api/v1/resources/shop/Lane/blue');
  await bed.call('POST', '/api/v1/users', { name: 'anna', role: 'operator', password: 'wer weiß denn sowas' });
  await bed.call('POST', '/api/v1/session', { name: 'anna', password: 'wer weiß denn sowas' });
  const agent = await bed.streamingAgent('order-1');
  await agent.subscribe('order:8080');
  await agent.state('draining');
  return bed;
}

async function told(bed: Testbed): Promise<Record<string, unknown>> {
  const history = await bed.call('GET', '/api/v1/resources/shop/Lane/gray/history');
  const pages = await Promise.all(
    PAGES.map(async (page) => [page, (await bed.call('GET', `/api/v1/${page}`)).body.items]),
  );
  expect(history.status).toBe(200);
  return { history: history.body, ...Object.fromEntries(pages) };
}

/** Of an instance, what does not depend on its stream. */
const lasting = ({ instances, ...all }: Record<string, unknown>) => ({
  ...all,
  instances: (instances as Record<string, unknown>[]).map(({ id, service, state, ports }) => ({
    id,
    service,
    state,
    ports,
  })),
});

/** Once what the agents did is stored, too. */
async function linesOf(bed: Testbed): Promise<string[]> {
  const text = await bed.until(
    () => bed.text('/api/v1/backup'),
    (lines) => lines.includes('draining'),
  );
  return text.split('\n');
}
const programs = postgresPrograms();

describe('a backup', () => {
  let cluster: PostgresCluster | undefined;
  beforeAll(async () => {
    if (programs === null) return;
    cluster = new PostgresCluster(programs);
    await cluster.start();
  });
  afterAll(() => cluster?.remove());
  const kinds: Readonly<Record<string, () => { dataDir: string; databaseUrl?: string }>> = {
    SQLite: () => ({ dataDir: temporaryFolder() }),
    PostgreSQL: () => ({ dataDir: temporaryFolder(), databaseUrl: (cluster as PostgresCluster).createDatabase() }),
  };

  it.each([
    ['SQLite', 'SQLite'],
    ['SQLite', 'PostgreSQL'],
    ['PostgreSQL', 'SQLite'],
    ['PostgreSQL', 'PostgreSQL'],
  ])('of %s is all there in %s', async (from, to) => {
    if (programs === null && `${from}${to}`.includes('PostgreSQL')) return;
    const bed = await filled((kinds[from] as () => ServerOptions)());
    const lines = await linesOf(bed);
    const before = await told(bed);
    await bed.close();
    const target = (kinds[to] as (typeof kinds)[string])();
    expect(await restoreStore(target, lines)).toMatchObject({ rows: lines.length - 3 });
    const again = await serve(target, bed.admin);
    expect(lasting(await told(again))).toEqual(lasting(before));
    // And it goes on from there.
    expect((await again.apply(aLane('after'))).body.revision).toBe(4);
    const [entry] = (await again.call('GET', '/api/v1/audit')).body.items;
    expect(entry.target).toBe('shop/Lane/after');
    await expect(restoreStore(target, lines)).rejects.toMatchObject({ code: 'FAIRWAY_STORE_LOCKED' });
    await again.close();
    await expect(restoreStore(target, lines)).rejects.toMatchObject({ code: 'FAIRWAY_CONFLICT' });
  });

  it('is for admins of all namespaces, and is noted', async () => {
    const bed = await serve();
    for (const token of [await bed.token('operator'), await bed.token('admin', 'shop')])
      expect((await bed.call('GET', '/api/v1/backup', undefined, { token })).status).toBe(403);
    await bed.text('/api/v1/backup');
    expect((await bed.call('GET', '/api/v1/audit')).body.items[0]).toMatchObject({
      action: 'backed-up',
      author: 'admin',
    });
  });

  it('that is none, or not whole, is refused, and nothing of it is kept', async () => {
    const bed = await filled({});
    const lines = await linesOf(bed);
    const target = { dataDir: temporaryFolder() };
    const refused = (wrong: readonly string[]) =>
      restoreStore(target, wrong).then(
        () => 'taken',
        (error: Error) => error.message,
      );
    expect(await refused([])).toMatch(/line 1: found nothing/);
    expect(await refused(['rubbish'])).toMatch(/line 1: found rubbish, expected a line of a backup/);
    expect(await refused(['{"format":"other"}'])).toMatch(/line 1: .*expected the head of a backup/);
    expect(await refused(lines.slice(0, -4))).toMatch(/the backup is not whole/);
    expect(await refused(lines.with(0, '{"format":"fairway-backup","schema":999}'))).toMatch(/a newer Fairway made/);
    expect(await refused(lines.with(2, '["pg_shadow",{"a":"b"}]'))).toMatch(
      /line 3: .*expected a table and a row of it/,
    );
    expect(await refused(lines.with(2, '["resource",{"key":{"a":1}}]'))).toMatch(/line 3/);
    const unknown = await refused(lines.with(-3, '["audit",{"id":1,"nonsense":"x"}]'));
    expect(unknown).toMatch(/nonsense/);
    expect(await restoreStore(target, lines)).toMatchObject({ rows: lines.length - 3 });
  });

  it('of an older Fairway is brought to the present', async () => {
    const at = '2026-01-02T03:04:05.678Z';
    const token = { id: 't', name: 'old', role: 'reader', namespace: null, hash: 'ab', created_at: at, author: 'anna' };
    const rows = [
      ['meta', { key: 'schema', value: 6 }],
      ['meta', { key: 'revision', value: 7 }],
      ['token', token],
    ];
    const lines = [{ format: 'fairway-backup', schema: 6, at }, ...rows, { rows: rows.length }].map((line) =>
      JSON.stringify(line),
    );
    const target = { dataDir: temporaryFolder() };
    await restoreStore(target, lines);
    const bed = await serve(target);
    expect((await bed.call('GET', '/api/v1/tokens')).body.items[0]).toMatchObject({ name: 'old', role: 'viewer' });
    expect((await bed.apply(aLane('gray'))).body.revision).toBe(8);
  });
});
