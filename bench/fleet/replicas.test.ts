import { PostgresCluster, postgresPrograms } from '@fairway/server/postgres-cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet, type Replica } from './fleet.ts';
import { clockMs } from './member.ts';
import { NAMESPACE } from './world.ts';

const AGENTS = 1_000;
const WORLD = { services: 100, calls: 3 };
/** Instances that an agent of this world knows. */
const KNOWN = 3 * (AGENTS / WORLD.services);
const CASE_MS = 120_000;
const programs = postgresPrograms();

describe.skipIf(programs === null)('three replicas on one PostgreSQL, under a thousand agents', () => {
  let cluster: PostgresCluster;
  let fleet: Fleet;
  let changes = 0;

  beforeAll(async () => {
    cluster = new PostgresCluster(programs as string);
    await cluster.start();
    fleet = await Fleet.create(WORLD, 2, cluster.createDatabase());
    await fleet.start(AGENTS);
    await fleet.dial();
  }, CASE_MS);
  afterAll(async () => {
    for (const { process } of fleet?.replicas ?? []) process.signal('SIGCONT');
    await fleet?.end();
    await cluster?.remove();
  }, CASE_MS);

  /** Who leads, as one of them says that is not `but`. */
  async function leader(but?: Replica): Promise<Replica> {
    const asked = fleet.replicas.filter((one) => one !== but).map(({ client }) => client.replicas());
    const { url } = (await Promise.any(asked)).find(({ leads }) => leads) ?? {};
    return fleet.replicas.find((one) => one.url === url) as Replica;
  }

  /** Asks again until the control plane answers. */
  async function insistent<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /**
   * Has a rule changed, through a replica, until that is done. When the last agent had it, in ms from when the fault was; all agents are
   * there, know what they knew, and were told of nobody that left.
   */
  async function expectWhole(through: Replica, sinceMs: number, fault: string): Promise<void> {
    const mark = `change-${++changes}`;
    const lane = {
      apiVersion: 'fairway.dev/v1',
      kind: 'Lane',
      metadata: { name: 'mark', namespace: NAMESPACE, annotations: { mark } },
      spec: {},
    };
    const changeMs = clockMs();
    const { appliedMs } = await fleet.spread({ annotation: mark }, () =>
      insistent(() => through.client.apply([lane as never])),
    );
    expect(appliedMs).toHaveLength(AGENTS);
    const lastMs = Math.round(Math.max(...appliedMs) + changeMs - sinceMs);
    console.log(`${fault}: all ${AGENTS} agents had a change ${lastMs} ms later`);
    const standings = await fleet.standing(KNOWN);
    expect(standings.map(({ removed }) => removed)).toEqual([0, 0]);
    const items = await through.client.instances();
    expect(items).toHaveLength(AGENTS);
    expect(items.filter(({ suspect, connected }) => suspect || !connected)).toEqual([]);
  }

  it(
    'one that follows is killed',
    async () => {
      const lead = await leader();
      const [victim, other] = fleet.replicas.filter((one) => one !== lead) as [Replica, Replica];
      await fleet.each('brace', { isSame: true });
      await victim.process.end('kill');
      await expectWhole(other, clockMs(), 'a follower was killed');
      await victim.again();
    },
    CASE_MS,
  );

  it(
    'the one that leads is killed',
    async () => {
      const lead = await leader();
      const [other] = fleet.replicas.filter((one) => one !== lead) as [Replica];
      await fleet.each('brace');
      await lead.process.end('kill');
      await expectWhole(other, clockMs(), 'the leader was killed');
      expect(await leader(lead)).not.toBe(lead);
      await lead.again();
    },
    CASE_MS,
  );

  it(
    'PostgreSQL is restarted',
    async () => {
      const lead = await leader();
      await fleet.each('brace', { isSame: true });
      await cluster.stop();
      await cluster.start();
      await expectWhole(lead, clockMs(), 'PostgreSQL was restarted');
      expect(await leader()).toBe(lead);
    },
    CASE_MS,
  );

  it(
    'each is replaced in turn, as an upgrade does',
    async () => {
      await fleet.each('brace', { isSame: true });
      const fromMs = clockMs();
      for (const replica of fleet.replicas) {
        await replica.process.ask('close');
        await replica.process.end('stop');
        await replica.again();
      }
      await expectWhole(await leader(), fromMs, 'each replica was replaced');
    },
    CASE_MS,
  );

  it(
    'the one that leads stands still, and goes on after another has taken over, in the middle of a release',
    async () => {
      const lead = await leader();
      const [other] = fleet.replicas.filter((one) => one !== lead) as [Replica];
      const address = { namespace: NAMESPACE, name: 'steps' };
      await other.client.startRelease({
        apiVersion: 'fairway.dev/v1',
        kind: 'Release',
        metadata: address,
        spec: {
          lane: 'gray',
          services: ['svc-0'],
          entry: { services: ['svc-1'] },
          steps: [10, 20, 30, 40, 50].flatMap((percent) => [{ percent }, { pause: { for: '2s' } }]),
          promotion: 'manual',
        },
      } as never);
      await expect
        .poll(async () => (await other.client.release(address)).state.step, { timeout: 60_000 })
        .toBeGreaterThan(1);
      await fleet.each('brace');
      lead.process.signal('SIGSTOP');
      await expectWhole(other, clockMs(), 'the leader stood still');
      lead.process.signal('SIGCONT');
      const state = async () => (await insistent(() => lead.client.release(address))).state;
      await expect.poll(async () => (await state()).step, { timeout: 60_000 }).toBe(10);
      const done = (await state()).history.filter(({ what }) => what === 'raising' || what === 'raised');
      expect(done.map(({ what, step }) => [what, step])).toEqual(
        [0, 2, 4, 6, 8].flatMap((step) => [
          ['raising', step],
          ['raised', step],
        ]),
      );
      expect(await insistent(() => leader(lead))).not.toBe(lead);
    },
    CASE_MS,
  );
});
