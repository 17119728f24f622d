import { ensureAgentBundle } from '@fairway/agent';
import type { LedgerReport } from '@fairway/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Application, agentEnvironment, NODE_VERSIONS, startApplication } from './application.ts';
import { type Script, type ScriptedService, startScriptedService } from './scripted-service.ts';

interface End {
  readonly status?: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly code?: string;
  readonly message?: string;
}

interface Calls {
  readonly count: number;
  readonly method?: string;
  readonly path?: string;
  readonly timeoutMs?: number;
  readonly isParallel?: boolean;
}

const sick: Script = (_, response) => response.writeHead(500).end();
const busy: Script = (_, response) => response.writeHead(503).end();
const hung: Script = () => undefined;
const VERSIONS = NODE_VERSIONS.filter(({ version }) => version !== 18 && version !== 22);
const CASES = VERSIONS.flatMap(({ version, node }) =>
  ['http', 'fetch'].filter((client) => client === 'http' || version >= 18).map((client) => ({ version, node, client })),
);

describe.each(CASES)('calls by $client on Node.js $version', ({ version, node, client }) => {
  let service: ScriptedService;
  let app: Application;
  let failuresSeen = 0;
  const instance = (at: number) => service.instances[at] as ScriptedService['instances'][number];

  beforeAll(async () => {
    await ensureAgentBundle();
    service = await startScriptedService(version + (client === 'http' ? 100 : 140), 3);
    service.begin();
    app = await startApplication(node, 'caller.cjs', agentEnvironment(service.plane));
    await call({ count: 1 });
  });
  afterAll(async () => {
    await app?.stop();
    await service?.close();
  });

  async function call({ path = '/', ...calls }: Calls, headers = {}): Promise<End[]> {
    const wanted = { client, url: `${service.url}${path}`, method: 'GET', ...calls };
    const ends = await app.ask<End[]>(`/${encodeURIComponent(JSON.stringify(wanted))}`, { headers });
    failuresSeen += ends.filter(({ status }) => status === 500).length;
    return ends;
  }

  /** All that was learnt is forgotten: the instances are others. */
  async function begin(policy: object = {}, more: Parameters<ScriptedService['begin']>[1] = () => ({})): Promise<void> {
    service.plane.setInstances([]);
    service.begin(policy, more);
    await service.plane.acknowledged('shop/web');
  }

  const statuses = (ends: readonly End[]) => [...new Set(ends.map(({ status, code }) => status ?? code))];

  it('leave an instance that fails all of them, and return to it when it is well', async () => {
    await begin({ outlier: { baseEjection: '200ms', probes: 2 } });
    instance(1).script = sick;
    const ends = await call({ count: 60 });
    expect(ends.filter(({ status }) => status === 500).length).toBe(instance(1).requests);
    instance(1).script = undefined;
    await expect
      .poll(async () => (await call({ count: 20 })).filter(({ text }) => text === 'b').length, { timeout: 15_000 })
      .toBeGreaterThan(3);
  });

  it('leave an instance that fails all of them after five, for as long as it is out', async () => {
    await begin();
    instance(1).script = sick;
    await call({ count: 100 });
    expect(instance(1).requests).toBe(5);
    await service.plane.until('the ledger tells of it, and of as many failures as were seen', ({ posts }) => {
      const reports = posts.filter(({ path }) => path === 'ledger').map(({ body }) => body as unknown as LedgerReport);
      const events = reports.flatMap(({ transitions }) => transitions).filter((one) => one.instance === 'b');
      const counts = reports.flatMap((report) => report.counts).filter((one) => one.instance === 'b');
      const failures = counts.map(({ failed }) => failed['status:500'] ?? 0);
      return (
        events.filter(({ what, cause }) => what === 'ejected' && cause === 'consecutive').length >= 2 &&
        failures.reduce((sum, count) => sum + count, 0) === failuresSeen
      );
    });
  });

  it('leave an instance that does not answer, found out by the time limits of the application', async () => {
    await begin({ balance: { algorithm: 'roundRobin' } });
    instance(2).script = hung;
    await call({ count: 18, isParallel: true, timeoutMs: 1_100 });
    expect(instance(2).requests).toBeGreaterThan(4);
    expect(statuses(await call({ count: 30 }))).toEqual([200]);
  });

  it.each([
    ['at the floor', 0, 0.1],
    ['half way', 1_800_000, 0.25],
    ['nearly warm', 3_240_000, 0.81],
  ])('give a warming instance its share: %s', async (_, readyForMs, share) => {
    await begin({ warmup: { duration: '1h' }, balance: { algorithm: 'random' } }, (id) =>
      id === 'b' ? { readyForMs } : {},
    );
    await call({ count: 1_500 });
    expect(Math.abs(instance(1).requests / 1_500 - share / (2 + share))).toBeLessThan(0.05);
  });

  it('are sent again, on another connection, where a kept one was closed before they came', async () => {
    await begin({}, (id) => (id === 'a' ? {} : { state: 'draining' }));
    const known = new WeakSet<object>();
    const [a] = service.instances;
    if (!a) throw new Error('there is no instance');
    a.script = ({ socket }, response) => {
      if (known.has(socket)) return a.cut();
      known.add(socket);
      response.end('a');
    };
    expect(statuses(await call({ count: 12 }))).toEqual([200]);
    expect(a.requests).toBeGreaterThan(12);
    expect(statuses(await call({ count: 12, method: 'POST' }))).toContain(
      client === 'http' ? 'ECONNRESET' : 'UND_ERR_SOCKET',
    );
  });

  it('leave an instance that says that it is leaving, and show the application what it said', async () => {
    await begin({ balance: { algorithm: 'roundRobin' } });
    instance(0).script = (_, response) => response.writeHead(200, { 'x-fairway-draining': '1' }).end('a');
    const ends = await call({ count: 20 });
    expect(instance(0).requests).toBe(1);
    expect(ends.filter(({ headers }) => headers?.['x-fairway-draining'] === '1')).toHaveLength(1);
  });

  it('are made again on another instance where a policy says so, and not otherwise', async () => {
    const policy = { outlier: { enabled: false }, balance: { algorithm: 'roundRobin' } };
    await begin({ ...policy, retry: { attempts: 1, backoff: '1ms' } });
    instance(0).script = busy;
    expect(statuses(await call({ count: 12 }))).toEqual([200]);
    expect(instance(0).requests).toBeGreaterThan(2);
    expect(statuses(await call({ count: 6, method: 'POST' })).sort()).toEqual([200, 503]);
    await begin(policy);
    instance(0).script = busy;
    expect(statuses(await call({ count: 6 })).sort()).toEqual([200, 503]);
  });

  it('are tried elsewhere where one try takes too long', async () => {
    await begin({
      retry: { attempts: 1, perTryTimeout: '150ms', backoff: '1ms' },
      balance: { algorithm: 'roundRobin' },
    });
    instance(0).script = hung;
    expect(statuses(await call({ count: 6 }))).toEqual([200]);
    expect(instance(0).requests).toBeGreaterThan(0);
  });

  it('end when their time is over, with an error that says so', async () => {
    await begin({ timeout: { request: '150ms' } }, (id) => (id === 'a' ? {} : { state: 'draining' }));
    instance(0).script = hung;
    const [end] = await call({ count: 1 });
    expect(end).toMatchObject({
      code: 'FAIRWAY_TIMEOUT',
      message: expect.stringMatching(/shop\/order.*150 ms.*instance a/),
    });
  });

  it('end with the request that they are made for, and say how long they may take', async () => {
    await begin();
    for (const one of service.instances)
      one.script = (request, response) => response.end(String(request.headers['x-fairway-timeout-ms']));
    const [told] = await call({ count: 1 }, { 'x-fairway-timeout-ms': '60000' });
    expect(Number(told?.text)).toBeGreaterThan(0);
    expect(Number(told?.text)).toBeLessThanOrEqual(60_000);
    expect((await call({ count: 1 }))[0]?.text).toBe('undefined');
    for (const one of service.instances) one.script = hung;
    expect((await call({ count: 1 }, { 'x-fairway-timeout-ms': '100' }))[0]?.code).toBe('FAIRWAY_TIMEOUT');
    expect((await call({ count: 1 }, { 'x-fairway-timeout-ms': '0' }))[0]?.code).toBe('FAIRWAY_TIMEOUT');
  });
});
