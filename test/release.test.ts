// A release over three services of the shop, with real processes behind a real NGINX, as somebody does it from CI.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureAgentBundle } from '@fairway/agent';
import { type Client, createClient } from '@fairway/client';
import type { ReleaseSpec, ReleaseStatus } from '@fairway/model';
import { type ControlPlane, FAIRWAY, startControlPlane } from '@fairway/shop/demo/control-plane.ts';
import { freePort } from '@fairway/shop/demo/free-port.ts';
import { type RunningGateway, startGateway } from '@fairway/shop/demo/gateway.ts';
import { outcomeOf } from '@fairway/shop/demo/load.ts';
import { loopbackBlock } from '@fairway/shop/demo/plan.ts';
import { readGateway } from '@fairway/shop/demo/resource-file.ts';
import type { Entries } from '@fairway/shop/demo/send.ts';
import { type ServiceProcess, startService } from '@fairway/shop/demo/service-process.ts';
import { buildWarehouse, type ServiceName } from '@fairway/shop/demo/service-program.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const DEATH = fileURLToPath(new URL('./release/die-at-commit.cjs', import.meta.url));
const FAULT = fileURLToPath(new URL('./release/fault.cjs', import.meta.url));
const RELEASED: readonly ServiceName[] = ['storefront', 'order', 'warehouse'];
/** Requests a second; each passes five services. */
const RATE = Number(process.env['FAIRWAY_RELEASE_RATE'] ?? 60);
/** In which the load rises to its rate: processes that have just started take little. */
const RISE_SECONDS = Math.max(5, RATE / 30);
/** What every copy of the warehouse takes longer, so that a share of it is a difference. */
const WAREHOUSE_MS = 40;
const PATIENCE_MS = 300_000;

interface Copy {
  readonly service: ServiceName;
  /** Empty: base. */
  readonly lane: string;
  readonly version: string;
  readonly fault?: NodeJS.ProcessEnv;
}

let dir: string;
let controlPlane: ControlPlane;
let client: Client;
let entries: Entries;
let gateway: RunningGateway;
let token: string;
let hosts = 10;
/** Gets a line of each death of the control plane; it dies of what it stores where there is such a file. */
let deaths: string;
/** The control plane is to stay down. */
let isOver = false;
let keeper: Promise<void>;
const running = new Map<string, ServiceProcess>();

/** Fulfilled when it is so: for state that no event tells of. */
async function untilTrue(isSo: () => Promise<boolean>): Promise<void> {
  const latestMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > latestMs) throw new Error(`not so in ${PATIENCE_MS} ms: ${isSo}`);
    await delay(100);
  }
}

/** Starts a copy of a service; its id. */
async function start({ service, lane, version, fault = {} }: Copy): Promise<string> {
  const host = `${loopbackBlock(process.pid)}.${hosts++}`;
  const id = `${service}-${lane || 'base'}-${version}-${hosts}`;
  const slowness = service === 'warehouse' ? { DELAY_MS: String(WAREHOUSE_MS) } : {};
  const child = await startService(service, {
    HOST: host,
    PORT: '8080',
    RELEASE: lane || 'base',
    NODE_OPTIONS: `--require ${FAULT} --require ${await ensureAgentBundle()}`,
    FAIRWAY_SERVER: controlPlane.server,
    FAIRWAY_TOKEN: token,
    FAIRWAY_NAMESPACE: 'shop',
    FAIRWAY_SERVICE: service,
    FAIRWAY_LANE: lane,
    FAIRWAY_LABELS: `version=${version}`,
    FAIRWAY_INSTANCE: id,
    FAIRWAY_STATE_DIR: join(dir, 'state'),
    ...slowness,
    ...fault,
  });
  running.set(id, child);
  const isReady = async () => {
    const known = await client.instances().catch(() => []);
    return known.some((one) => one.id === id && one.state === 'ready');
  };
  await untilTrue(isReady);
  return id;
}

async function stop(id: string): Promise<void> {
  await running.get(id)?.stop('SIGTERM', 45_000);
  running.delete(id);
}

const idsOf = (isWanted: (id: string) => boolean) => [...running.keys()].filter(isWanted);

/** Replaces the canary by copies with a fault in one of them, or with none. */
async function startCanary(version: string, faulty?: ServiceName, fault?: NodeJS.ProcessEnv): Promise<void> {
  await Promise.all(idsOf((id) => id.includes('-gray-')).map(stop));
  for (const service of RELEASED) {
    await start({ service, lane: 'gray', version, ...(service === faulty && fault ? { fault } : {}) });
  }
}

/** Sends requests when they are due, until it is told to end. Fulfilled when they are as many as they will be. */
async function load() {
  const seen = { sent: 0, canary: 0, failed: [] as string[], failedBefore: [] as string[] };
  const open = new Set<Promise<void>>();
  const begunMs = performance.now();
  const dueAt = (seconds: number) =>
    seconds < RISE_SECONDS ? (RATE * seconds ** 2) / (2 * RISE_SECONDS) : RATE * (seconds - RISE_SECONDS / 2);
  const send = () => {
    const failed = performance.now() - begunMs < RISE_SECONDS * 1_000 ? seen.failedBefore : seen.failed;
    const one = outcomeOf(entries, { id: `r-${seen.sent++}`, page: 'checkout' }).then(({ result }) => {
      if ('error' in result) failed.push(result.error.message);
      else if (result.reply.trail.some(({ release }) => release === 'gray')) seen.canary++;
    });
    open.add(one);
    void one.finally(() => open.delete(one));
  };
  const timer = setInterval(() => {
    const due = dueAt((performance.now() - begunMs) / 1_000);
    while (seen.sent < due) send();
  }, 5);
  await delay(RISE_SECONDS * 1_000);
  return {
    seen,
    end: async () => {
      clearInterval(timer);
      await Promise.all(open);
      const { sent, canary, failed, failedBefore } = seen;
      console.log(`${sent} requests at ${RATE} a second: ${canary} passed the canary, ${failed.length} failed`);
      if (failedBefore.length > 0)
        console.log(`${failedBefore.length} more failed while the load rose: ${failedBefore[0]}`);
      for (const [why, { length }] of Map.groupBy(failed, (one) => one)) console.log(`${length} times: ${why}`);
      return seen;
    },
  };
}

function specOf(over: Partial<ReleaseSpec> = {}): ReleaseSpec {
  return {
    lane: 'gray',
    services: [...RELEASED],
    entry: { services: ['edge'] },
    steps: [{ percent: 20 }, { check: { for: '40s' } }, { percent: 50 }, { check: {} }],
    ...over,
  };
}

/** Runs `fairway` to its end: its exit status and what it wrote. */
function fairway(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const env = {
    PATH: process.env['PATH'],
    FAIRWAY_SERVER: controlPlane.server,
    FAIRWAY_TOKEN: controlPlane.token,
    FAIRWAY_NAMESPACE: 'shop',
  };
  return new Promise((resolve) => {
    execFile(FAIRWAY, words, { env, cwd: dir }, (error, out, err) => {
      resolve({ status: error ? Number(error.code) : 0, out, err });
    });
  });
}

async function begin(name: string, spec: ReleaseSpec): Promise<void> {
  const release = { apiVersion: 'fairway.dev/v1', kind: 'Release', metadata: { name: 'as-in-the-file' }, spec };
  await writeFile(join(dir, 'release.json'), JSON.stringify(release));
  const words = ['release', 'start', '-f', 'release.json', '--name', name, '--reason', 'test'];
  const isThere = async () => {
    const { status, err } = await fairway(...words);
    // A control plane that dies of it has stored it, or has not: it may be asked again.
    if (status !== 0 && !existsSync(deaths)) throw new Error(err);
    return status === 0;
  };
  await untilTrue(isThere);
}

/** Starts the control plane again whenever it ends, as whatever it runs in does. */
async function keepUp(): Promise<void> {
  while (!isOver) {
    await controlPlane.ended;
    // One that dies before it serves is started once more.
    if (!isOver) await controlPlane.restart().catch(() => {});
  }
}

/** From now on the control plane dies before and after each thing that it stores of a release. What to call when that is over. */
async function mortal(): Promise<() => Promise<string[]>> {
  await writeFile(deaths, 'armed\n');
  return async () => {
    const [, ...lines] = (await readFile(deaths, 'utf8')).trimEnd().split('\n');
    await rm(deaths);
    console.log(`the control plane was killed ${lines.length} times`);
    return lines;
  };
}

/** What became of a release, in order. */
async function deedsOf(name: string): Promise<string[]> {
  const { state } = await client.release({ namespace: 'shop', name });
  return state.history.map(({ what }) => what);
}

/** Waits until a release has come to something, while it goes on; else what became of it is told. */
async function until(name: string, isWanted: (status: ReleaseStatus) => boolean): Promise<void> {
  let last: ReleaseStatus | null = null;
  const isThere = async () => {
    last = await client.release({ namespace: 'shop', name }).catch(() => last);
    return last !== null && isWanted(last);
  };
  await untilTrue(isThere).catch((cause: Error) => {
    const told = last?.state.history.map(({ what, text }) => `${what} ${text}`).join('\n');
    throw new Error(`${told}\n${last?.watch?.waitsFor.map(({ text }) => text).join('; ')}`, { cause });
  });
}

/** Died in turn before and after it stored, also each time that it changed the lane. */
function expectDeaths(lines: readonly string[], laneChanges: number): void {
  expect(lines.map((line) => line.split(' ')[0])).toEqual(lines.map((_, n) => (n % 2 === 0 ? 'before' : 'after')));
  expect(lines.filter((line) => line === 'after resource')).toHaveLength(laneChanges);
}

describe('a release over three services', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'fairway-release-'));
    deaths = join(dir, 'deaths');
    const env = { NODE_OPTIONS: `--require ${DEATH}`, FAIRWAY_TEST_DEATHS: deaths };
    controlPlane = await startControlPlane(join(dir, 'data'), await freePort(), [], env);
    keeper = keepUp();
    client = createClient(controlPlane);
    token = (await client.createToken({ name: 'agents', role: 'agent', namespace: 'shop' })).token;
    const host = '127.0.0.1';
    entries = { http: { host, port: await freePort() }, tcp: { host, port: await freePort() } };
    const { revision } = await client.apply(
      (await readGateway(entries)).filter(({ metadata }) => metadata.name === 'edge'),
    );
    await buildWarehouse();
    for (const service of ['datacenter', 'payment', ...RELEASED] as ServiceName[]) {
      await start({ service, lane: '', version: '1' });
    }
    gateway = startGateway({ name: 'edge', namespace: 'shop', dir: join(dir, 'gateway'), client, revision });
    await gateway.servedAt(revision, PATIENCE_MS);
  }, PATIENCE_MS);

  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([...running.keys()].map(stop));
    isOver = true;
    await controlPlane?.stop();
    await keeper;
    if (dir) await rm(dir, { recursive: true, force: true });
  }, PATIENCE_MS);

  it.each([
    ['order', 'errors', { FAIL: '0.03' }],
    ['warehouse', 'p', { DELAY_MS: String(WAREHOUSE_MS * 1.3) }],
  ] as const)(
    'with a fault in %s is rolled back by itself, at its first step, and says why',
    async (service, metric, fault) => {
      await startCanary('2', service, fault);
      const name = `faulty-${service}`;
      const traffic = await load();
      // A machine that starts it again and again is too busy to tell slowness.
      const over = service === 'order' ? await mortal() : null;
      // Errors are told apart from slowness, which a busy machine has of its own; the planted one is of 12 ms.
      const steps = [{ percent: 20 }, { check: { for: '4m' } }];
      await begin(name, specOf({ steps, judge: { latencyFloorMs: service === 'order' ? 1_000 : 8 } }));
      const { status, err, out } = await fairway('release', 'wait', name, '--timeout', '5m');
      await client.propagation((await client.get({ namespace: 'shop', kind: 'Lane', name: 'gray' })).revision, {
        namespace: 'shop',
        timeoutMs: 10_000,
      });
      const { sent, canary, failed } = await traffic.end();
      if (over) expectDeaths(await over(), 2);
      expect(await deedsOf(name)).toEqual(['created', 'started', 'raising', 'raised', 'rollingBack', 'rolledBack']);
      expect([status, out.trim()]).toEqual([1, `release ${name}: ROLLED BACK`]);
      expect(err).toMatch(new RegExp(`rollingBack: .*shop/${service}: ${metric}.* confidence`));
      // What a step of 20 % lets in, and no more.
      expect(canary / sent).toBeLessThan(0.27);
      expect(canary).toBeGreaterThan(100);
      const planted = service === 'order' ? /planted$/ : /^nothing$/;
      expect(failed.filter((why) => !planted.test(why))).toEqual([]);
      await fairway('release', 'report', name, '--out', 'report.html');
      const page = await readFile(join(dir, 'report.html'), 'utf8');
      expect(page).toContain(`Release ${name} was rolled back`);
      expect(page).toContain(`shop/${service}: ${metric}`);
    },
    PATIENCE_MS * 2,
  );

  it(
    'without a fault is promoted, and nothing is lost, though the control plane is killed at each thing that it stores',
    async () => {
      await startCanary('2');
      const traffic = await load();
      const over = await mortal();
      // A busy machine slows one process or the other by more than a few milliseconds: that is not what this is about.
      await begin('fine', specOf({ judge: { latencyFloorMs: 400 } }));
      const waited = fairway('release', 'wait', 'fine', '--timeout', '8m');
      await until('fine', ({ state }) => state.promotion === 'replacing');
      for (const service of RELEASED) {
        const [old = ''] = idsOf((id) => id.startsWith(`${service}-base-1`));
        await start({ service, lane: '', version: '2' });
        await stop(old);
      }
      const { status, err } = await waited;
      const { sent, canary, failed } = await traffic.end();
      expectDeaths(await over(), 3);
      expect([status, failed], err).toEqual([0, []]);
      expect(sent).toBeGreaterThan(1_000);
      expect(canary).toBeGreaterThan(100);
      const raised = ['raising', 'raised', 'passed'];
      const promoted = ['promoting', 'replaced', 'closed', 'promoted'];
      expect(await deedsOf('fine')).toEqual(['created', 'started', ...raised, ...raised, ...promoted]);
      // Its instances may go now: nobody calls them.
      await Promise.all(idsOf((id) => id.includes('-gray-')).map(stop));
      const { out } = await fairway('release', 'report', 'fine', '--format', 'markdown');
      expect(out).toMatch(/^Nothing of \d+ requests while instances came and went\.$/m);
    },
    PATIENCE_MS * 4,
  );
});
