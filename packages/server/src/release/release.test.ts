import { Latencies, type ReleaseStatus } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { aLane, serve, type TestAgent, type Testbed } from '../testbed.ts';

const ONE = '/api/v1/releases/shop/prices-2';

function aRelease(spec: object = {}, name = 'prices-2') {
  return {
    apiVersion: 'fairway.dev/v1',
    kind: 'Release',
    metadata: { name, namespace: 'shop' },
    spec: {
      lane: 'gray',
      services: ['order'],
      entry: { services: ['web'] },
      steps: [{ percent: 10 }, { check: {} }, { percent: 50 }, { pause: { approval: true } }],
      judge: { settle: '0s' },
      ...spec,
    },
  };
}

const start = (bed: Testbed, release: object = aRelease(), over: object = {}) =>
  bed.call('POST', '/api/v1/releases', { release, reason: 'new prices', ...over });

/** Acknowledges all that it is told, until its stream ends. */
function acknowledging(agent: TestAgent): void {
  const run = async () => {
    for (;;) await agent.acknowledge((await agent.next()).revision);
  };
  run().catch(() => {});
}

/** A fleet: a caller, order in base and in the lane. Those not named as silent acknowledge all they are told. */
async function fleetOf(bed: Testbed, silent: readonly string[] = []) {
  const version = (n: string) => ({ labels: { version: n } });
  const base = await bed.agent('order-1', version('1'));
  const canary = await bed.agent('order-2', { lane: 'gray', ...version('2') });
  const web = await bed.agent('web-1', { service: 'shop/web' });
  for (const agent of [base, canary, web]) {
    await agent.acknowledge((await agent.open()).revision);
    if (!silent.includes(agent.id)) acknowledging(agent);
  }
  await web.subscribe('order:8080');
  return { base, canary, web };
}

const stateOf = async (bed: Testbed, path = ONE): Promise<ReleaseStatus> => (await bed.call('GET', path)).body;
const isWaitingFor = (name: string) => (status: ReleaseStatus) =>
  status.watch?.waitsFor.some(({ detail }) => detail.includes(name)) === true;
const deeds = ({ state }: ReleaseStatus) => state.history.map(({ what }) => what);
const until = (bed: Testbed, isWanted: (status: ReleaseStatus) => boolean, path = ONE) =>
  bed.until(() => stateOf(bed, path), isWanted);

/** Reports of a caller, each of so many calls to either side, of which some to the canary failed. */
function reporter(web: TestAgent, { failed = 0, calls = 40 } = {}) {
  let seq = 0;
  const latency = new Latencies();
  for (let n = 0; n < calls; n++) latency.add(20);
  const edge = (lane: string, outcomes: object) => ({
    service: 'shop/order',
    instance: lane ? 'order-2' : 'order-1',
    instanceLane: lane,
    lane,
    endpoint: '/',
    reason: lane ? 'lane' : 'base',
    outcomes,
    retried: 0,
    latency: { sumMs: 20 * calls, buckets: latency.pairs() },
  });
  return () => {
    const bad = failed > 0 ? { '5xx': failed } : {};
    const edges = [edge('', { '2xx': calls }), edge('gray', { '2xx': calls - failed, ...bad })];
    return web.traffic(++seq, { spanMs: 100, edges });
  };
}

describe('a release', () => {
  it('goes on only when all have acknowledged, and is rolled back above a limit, with one revision', async () => {
    const bed = await serve();
    const { web } = await fleetOf(bed, ['web-1']);
    expect((await start(bed, aRelease({ limits: { errorShare: 0.2 } }))).status).toBe(200);
    const raised = await web.next(
      ({ resources }) => resources !== undefined && JSON.stringify(resources).includes('release/prices-2'),
    );
    const waiting = await until(bed, isWaitingFor('web-1'));
    expect(waiting.state).toMatchObject({ phase: 'running', step: 0, appliedMs: null });
    await web.acknowledge(raised.revision);
    expect((await until(bed, ({ state }) => state.step === 1)).state.appliedMs).not.toBeNull();
    const report = reporter(web, { failed: 20 });
    await bed.until(report, () => web.updates.some((update) => JSON.stringify(update).includes('"enabled":false')));
    const update = web.updates.at(-1);
    await web.acknowledge(update?.revision ?? 0);
    const { state } = await until(bed, ({ state: { phase } }) => phase === 'rolledBack');
    expect(state.cause).toBe('limit');
    expect(state.history.find(({ what }) => what === 'rollingBack')?.text).toContain('shop/order: errors 50.00 %');
    const lane = await bed.call('GET', '/api/v1/resources/shop/Lane/gray');
    expect(lane.body.resource.spec).toEqual({ enabled: false });
    const history = (await bed.call('GET', '/api/v1/resources/shop/Lane/gray/history')).body.items;
    expect(history.map(({ author }: { author: string }) => author)).toEqual([
      'shop/Release/prices-2',
      'shop/Release/prices-2',
    ]);
  });

  it('is judged, approved and promoted when base runs what the canary runs', async () => {
    const bed = await serve();
    const { web, base } = await fleetOf(bed);
    await start(bed, aRelease({ steps: [{ percent: 10 }, { check: {} }, { pause: { approval: true } }] }));
    const report = reporter(web);
    await bed.until(report, () => web.updates.some((update) => JSON.stringify(update).includes('release/prices-2')));
    await bed.until(
      async () => {
        await report();
        return stateOf(bed);
      },
      ({ state }) => state.step === 2,
    );
    expect((await bed.call('POST', `${ONE}/approve`, { reason: 'looks good' })).status).toBe(200);
    const promoting = await until(
      bed,
      ({ watch }) => watch?.waitsFor.some(({ what }) => what === 'replacement') === true,
    );
    expect(promoting.state.promotion).toBe('replacing');

    const replaced = await bed.agent('order-3', { labels: { version: '2' } });
    await replaced.acknowledge((await replaced.open()).revision);
    acknowledging(replaced);
    await base.state('draining');
    await base.state('gone');
    await until(bed, ({ state }) => state.promotion === 'emptying');
    const lane = await bed.call('GET', '/api/v1/resources/shop/Lane/gray');
    expect(lane.body.resource.spec).toEqual({ enabled: true });
    const { state, watch } = await until(bed, ({ state: { phase } }) => phase === 'promoted');
    expect(watch).toBeNull();
    expect(state.history.at(-1)?.text).toContain('its instances may go');
    const audit = (await bed.call('GET', '/api/v1/audit?limit=100')).body.items;
    const said = audit.filter(({ target }: { target: string }) => target === 'shop/Release/prices-2');
    expect(said.map(({ action }: { action: string }) => action).reverse()).toEqual(
      deeds({ state } as ReleaseStatus).map((what) => `release-${what}`),
    );
    expect(said).toContainEqual(expect.objectContaining({ action: 'release-approved', reason: 'looks good' }));
  }, 60_000);

  it('waits for a gateway that has not the revision in force', async () => {
    const bed = await serve();
    await fleetOf(bed);
    const applied = (revision: number) =>
      bed.call('POST', '/api/v1/gateways/shop/public/applied', { process: 'p1', revision });
    expect((await applied(0)).status).toBe(204);
    await start(bed);
    await until(bed, isWaitingFor('gateway shop/public'));
    await applied((await bed.call('GET', '/api/v1/world')).body.revision);
    await until(bed, ({ state }) => state.step === 1);
  });

  it('goes on where it stood, by a control plane that starts anew', async () => {
    const first = await serve();
    await fleetOf(first);
    await start(first, aRelease({ steps: [{ percent: 10 }, { pause: { approval: true } }, { percent: 20 }] }));
    const before = await until(first, ({ state }) => state.step === 1);
    await first.close();
    const bed = await serve({ dataDir: first.dataDir }, first.admin);
    expect((await stateOf(bed)).state).toEqual(before.state);
    await bed.call('POST', `${ONE}/approve`, {});
    // Those that were known are waited for: they may come back with what they knew.
    await until(bed, isWaitingFor('order-1'));
    for (const id of ['order-1', 'order-2', 'web-1']) await bed.call('DELETE', `/api/v1/instances/${id}`);
    await until(bed, ({ state }) => state.step === 3 || state.phase === 'promoting');
  });

  it('takes the place of one that has its entry, its lane or a service, or waits for it', async () => {
    const bed = await serve();
    await fleetOf(bed);
    await start(bed, aRelease({ steps: [{ percent: 10 }, { pause: { approval: true } }] }));
    await until(bed, ({ state }) => state.step === 1);
    await start(bed, aRelease({ lane: 'blue', concurrency: 'wait' }, 'prices-3'));
    const third = '/api/v1/releases/shop/prices-3';
    const waiting = await until(bed, ({ watch }) => watch?.waitsFor.length === 1, third);
    expect(waiting.watch?.waitsFor).toEqual([{ what: 'release', detail: 'prices-2', text: 'release prices-2 to end' }]);
    await start(bed, aRelease({ lane: 'red', services: ['stock'] }, 'prices-4'));
    const fourth = await until(bed, ({ state }) => state.phase === 'running', '/api/v1/releases/shop/prices-4');
    expect(fourth.state.cause).toBeNull();
    expect((await stateOf(bed)).state).toMatchObject({ phase: 'rolledBack', cause: 'superseded' });
    expect((await stateOf(bed, third)).state).toMatchObject({ phase: 'rolledBack', cause: 'superseded' });
    const { items } = (await bed.call('GET', '/api/v1/releases?namespace=shop')).body;
    expect(items.map(({ release }: ReleaseStatus) => release.metadata.name)).toEqual([
      'prices-4',
      'prices-3',
      'prices-2',
    ]);
    expect((await bed.call('GET', '/api/v1/releases?namespace=other')).body.items).toEqual([]);
  });

  it('is rolled back when somebody turns its lane off, and does not turn it on again', async () => {
    const bed = await serve();
    await fleetOf(bed);
    await start(bed);
    await until(bed, ({ state }) => state.step === 1);
    await bed.apply(aLane('gray', { enabled: false }));
    const { state } = await until(bed, ({ state: { phase } }) => phase === 'rolledBack');
    expect(state.cause).toBe('aborted');
    expect((await bed.call('GET', '/api/v1/resources/shop/Lane/gray')).body.resource.spec).toEqual({ enabled: false });
  });

  it('is refused with what is wrong with it, and nothing is begun', async () => {
    const bed = await serve();
    const refused = async (spec: object) => {
      const { status, body } = await start(bed, aRelease(spec));
      expect(status).toBe(400);
      return body.problems[0];
    };
    expect((await refused({ steps: [] })).path).toBe('spec.steps');
    expect((await refused({ steps: [{ percent: 5, check: {} }] })).expected).toContain('exactly one of');
    expect((await refused({ steps: [{ pause: {} }] })).path).toBe('spec.steps[0].pause');
    expect(await refused({ quietHours: [{ from: '22:00', to: '06:00', timeZone: 'Moon/Sea' }] })).toMatchObject({
      path: 'spec.quietHours[0].timeZone',
      found: '"Moon/Sea"',
    });
    const match = { header: 'x-user', regex: '(' };
    expect((await refused({ steps: [{ percent: 5 }, { match }] })).path).toMatch(/^spec\.steps\[1\]\..*match/);
    expect((await bed.call('GET', '/api/v1/releases')).body.items).toEqual([]);
    expect((await bed.call('GET', ONE)).status).toBe(404);

    expect((await start(bed, aRelease(), { dryRun: true })).body.state.phase).toBe('waiting');
    expect((await bed.call('GET', ONE)).status).toBe(404);
    const begun = (await start(bed)).body;
    // Who got no answer asks again: it is the same release.
    expect((await start(bed)).body.state.createdMs).toBe(begun.state.createdMs);
    expect((await start(bed, aRelease({ promotion: 'manual' }))).status).toBe(409);
    expect((await bed.call('POST', `${ONE}/resume`, {})).body.detail).toContain('it is not paused');
    expect((await bed.call('POST', `${ONE}/jump`, { to: 9 })).body.detail).toContain('1 to 4');
    const reader = await bed.token('viewer');
    expect((await bed.call('POST', `${ONE}/abort`, {}, { token: reader })).status).toBe(403);
    expect((await bed.call('GET', ONE, undefined, { token: reader })).status).toBe(200);
    await bed.call('POST', `${ONE}/abort`, {});
    await until(bed, ({ state }) => state.phase === 'rolledBack');
    expect((await start(bed)).status).toBe(409);
  });
});
