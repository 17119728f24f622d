import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerOptions } from '../option.ts';
import { PostgresCluster, postgresPrograms } from '../store/postgres-cluster.ts';
import { serve, type TestAgent, type Testbed } from '../testbed.ts';

const programs = postgresPrograms();

async function lossesOf(bed: Testbed, query = '') {
  return (await bed.call('GET', `/api/v1/losses${query}`)).body;
}

/** An agent of shop/web that calls shop/order. */
async function callerOf(bed: Testbed): Promise<TestAgent> {
  const caller = await bed.streamingAgent('web-1', { service: 'shop/web' });
  await caller.subscribe('order:8080');
  return caller;
}

const counts = (requests: number, failed = {}, over = {}) => [
  { instance: 'order-1', service: 'shop/order', phase: 'draining', requests, failed, saved: 0, ...over },
];
const turn = (what: string, agoMs: number, over = {}) => ({
  instance: 'order-1',
  service: 'shop/order',
  what,
  agoMs,
  ...over,
});

/** What the ledger does with a real server over one of the stores. */
function ledgerOver(options: () => ServerOptions): void {
  it('tells of a rollout as the instance, its callers and the directory saw it', async () => {
    const bed = await serve(options());
    const agent = await bed.streamingAgent('order-1', { labels: { release: 'v1' } });
    const caller = await callerOf(bed);
    await agent.state('draining');
    const transitions = [
      turn('draining', 500, { cause: 'sigterm', inFlight: 2 }),
      turn('quiet', 0, { served: 30, failed: 0, cutOff: 0, callers: 1, acknowledged: 1 }),
    ];
    expect((await agent.report(1, { transitions })).status).toBe(204);
    await caller.report(1, { counts: counts(25) });
    await caller.report(2, { counts: counts(5, { reset: 1 }) });
    await agent.state('gone');
    const { items } = await lossesOf(bed, '?service=order&namespace=shop&release=v1');
    expect(items).toMatchObject([
      { service: 'shop/order', releases: ['v1'], requests: 30, failed: 1, lost: 1, verdict: 'lost' },
    ]);
    const [order] = items[0].instances;
    expect(order).toMatchObject({
      instance: 'order-1',
      notice: { inFlight: 2, served: 30, callers: 1, acknowledged: 1 },
      failures: [{ phase: 'draining', reason: 'reset', caller: 'web-1', callerService: 'shop/web', count: 1 }],
      disagreement: 'the instance says 0 failed after its notice, its callers say 1',
    });
    const seen = order.transitions.map(({ what, by }: { what: string; by: string | null }) => `${what} ${by}`);
    expect(seen.sort()).toEqual(['draining null', 'draining order-1', 'gone null', 'quiet order-1', 'ready null']);
    expect((await lossesOf(bed, '?release=v2')).items).toEqual([]);
    expect((await lossesOf(bed, '?service=shop/web')).items).toMatchObject([{ verdict: 'unmeasured' }]);
    expect((await lossesOf(bed, '?service=shop/order&since=1h')).items).toHaveLength(1);
    expect((await lossesOf(bed, '?since=2100-01-01T00:00:00Z')).items).toEqual([]);
  });

  it('counts a report once, however often it comes, over a restart of the control plane too', async () => {
    const own = options();
    const bed = await serve(own);
    await bed.streamingAgent('order-1');
    const caller = await callerOf(bed);
    const report = { counts: counts(10) };
    await Promise.all([caller.report(5, report), caller.report(5, report)]);
    await caller.report(4, report);
    expect((await lossesOf(bed, '?service=order')).items).toMatchObject([{ requests: 10 }]);
    await bed.close();
    const again = await serve({ ...own, dataDir: bed.dataDir }, bed.admin);
    const late = await again.agent('web-1', { service: 'shop/web' }, caller.token);
    await late.subscribe('order:8080');
    await late.report(5, report);
    await late.report(6, report);
    const { items, outside } = await lossesOf(again);
    const requests = items.reduce((sum: number, one: { requests: number }) => sum + one.requests, outside.requests);
    expect(requests).toBe(20);
  });
}

describe('the loss ledger', () => {
  describe('on SQLite', () => ledgerOver(() => ({})));

  describe.skipIf(programs === null)('on PostgreSQL', () => {
    let cluster: PostgresCluster;
    beforeAll(async () => {
      cluster = new PostgresCluster(programs as string);
      await cluster.start();
    });
    afterAll(() => cluster.remove());
    ledgerOver(() => ({ databaseUrl: cluster.createDatabase() }));
  });

  it('refuses what its reporter cannot know, naming the field', async () => {
    const bed = await serve();
    await bed.streamingAgent('order-1');
    await bed.streamingAgent('stock-1', { service: 'shop/stock' });
    const caller = await callerOf(bed);
    const refused = async (transitions: object[], sent: object[] = []) => {
      const { status, body } = await caller.report(1, { transitions, counts: sent });
      return [status, body.problems?.map(({ path }: { path: string }) => path)];
    };
    expect(await refused([turn('draining', 0)])).toEqual([400, ['transitions[0].instance']]);
    const own = turn('ready', 0, { instance: 'web-1', service: 'shop/web' });
    expect(await refused([own, { ...own, service: 'shop/order' }])).toEqual([400, ['transitions[1].service']]);
    const ofStock = { instance: 'stock-1', service: 'shop/stock' };
    expect(await refused([turn('ejected', 0, ofStock)])).toEqual([400, ['transitions[0].service']]);
    expect(await refused([], counts(1, {}, ofStock))).toEqual([400, ['counts[0].service']]);
    expect(await refused([], counts(1, {}, { instance: 'stock-1' }))).toEqual([400, ['counts[0].service']]);
    expect(await refused([], counts(-1))).toEqual([400, ['counts[0].requests']]);
    const token = await bed.token('agent', 'bank');
    const foreign = { version: 1, instance: 'web-1', seq: 1, transitions: [], counts: [] };
    expect((await bed.call('POST', '/agent/v1/ledger', foreign, { token })).status).toBe(403);
    expect(await refused([turn('ejected', 0, { cause: 'consecutive' }), own], counts(1))).toEqual([204, undefined]);
    expect((await lossesOf(bed, '?service=order')).items).toMatchObject([{ requests: 1 }]);
    expect((await lossesOf(bed, '?since=yesterday')) as object).toMatchObject({ code: 'FAIRWAY_INVALID' });
  });

  it('does not take a restart of the control plane, nor what is said again, for transitions', async () => {
    const bed = await serve();
    const agent = await bed.streamingAgent('order-1', { state: 'starting' });
    await agent.state('ready');
    await agent.state('ready');
    await bed.close();
    const again = await serve({ dataDir: bed.dataDir }, bed.admin);
    const back = await again.streamingAgent('order-1', {}, agent.token);
    await back.disconnect();
    await again.until(
      () => again.call('GET', '/api/v1/instances'),
      ({ body }) => body.items[0].suspect === true,
    );
    await back.open();
    const [rollout] = (await lossesOf(again)).items;
    const seen = rollout.instances[0].transitions.map(({ what, cause = '' }: { what: string; cause?: string }) =>
      `${what} ${cause}`.trim(),
    );
    expect(seen).toEqual(['starting', 'ready', 'suspect', 'ready back']);
  });

  it('numbers reports anew with a process that starts again under the same id', async () => {
    const bed = await serve();
    await bed.streamingAgent('order-1');
    const caller = await callerOf(bed);
    await caller.report(9, { counts: counts(3) });
    await caller.disconnect();
    const next = await bed.streamingAgent('web-1', { service: 'shop/web', state: 'starting' }, caller.token);
    await next.subscribe('order:8080');
    await next.report(1, { counts: counts(4) });
    expect((await lossesOf(bed, '?service=order')).items).toMatchObject([{ requests: 7 }]);
  });
});
