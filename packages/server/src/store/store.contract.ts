import { firstState } from '@fairway/control';
import type { Resource } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import type {
  AuditEntry,
  ChangeRequest,
  Commit,
  LossLine,
  Membership,
  ReleaseRecord,
  ResourceWrite,
  Store,
  TokenRecord,
  UserRecord,
} from './store.ts';

/** One store, which can be opened again as after a restart. */
export interface StoreBed {
  readonly store: Store;
  /** Closes the store and opens it again. */
  reopen(): Promise<Store>;
}

const AT = '2026-01-02T03:04:05.678Z';

function lane(name: string, strict = false): Resource {
  return { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name, namespace: 'shop' }, spec: { strict } };
}

function write(name: string, action: ResourceWrite['action'], resource: Resource | null): ResourceWrite {
  const diff = [{ path: '', before: null, after: resource }];
  return { key: `shop/Lane/${name}`, namespace: 'shop', kind: 'Lane', name, action, resource, diff };
}

function commit(revision: number, ...writes: ResourceWrite[]): Commit {
  return { expected: revision - 1, revision, at: AT, author: 'anna', reason: 'why not: ü "🛣"', writes };
}

const token: TokenRecord = {
  id: 't1',
  name: 'agents',
  role: 'agent',
  namespace: 'shop',
  hash: 'ab'.repeat(32),
  createdAt: AT,
  author: 'anna',
};
const entry: AuditEntry = {
  at: AT,
  author: 'anna',
  action: 'token-created',
  target: 't1',
  revision: null,
  reason: null,
};

function membership(id: string, over: Partial<Membership> = {}): Membership {
  return {
    instance: { id, service: 'shop/a', host: '10.0.0.1', ports: [80], state: 'ready' },
    addresses: [],
    readySinceMs: null,
    command: null,
    ...over,
  };
}

const LOSS_MS = Date.parse(AT);

function lossLine(
  service: string,
  afterMs: number,
  reporter: string | null = null,
  seq: number | null = null,
): LossLine {
  const record = {
    service,
    instance: 'i1',
    release: 'v1',
    by: reporter,
    what: 'ready',
    atMs: LOSS_MS + afterMs,
  } as const;
  return { record: { type: 'transition', ...record }, reporter, seq };
}

function release(name: string, seq: number, endedMs: number | null = null): ReleaseRecord {
  const spec = { lane: 'gray', services: ['a'], entry: { services: ['a'] }, steps: [{ percent: 1 }] };
  const metadata = { name, namespace: 'shop' };
  const state = { ...firstState('anna', null, LOSS_MS), step: seq, endedMs };
  const body = { apiVersion: 'fairway.dev/v1', kind: 'Release', metadata, spec } as const;
  return { key: `shop/Release/${name}`, release: body, author: 'anna', seq, state };
}

/** What every store must do. `open` makes an empty one for each test. */
export function storeContract(open: () => Promise<StoreBed>): void {
  describe('a store', () => {
    it('is empty at first', async () => {
      const { store } = await open();
      expect(await store.load()).toEqual({
        revision: 0,
        resources: [],
        tokens: [],
        memberships: [],
        requests: [],
        users: [],
        sessions: [],
        reported: new Map(),
        releases: [],
        told: new Map(),
      });
      expect(await store.history('shop/Lane/a', { limit: 10 })).toEqual([]);
      expect(await store.audit({ limit: 10 })).toEqual([]);
      await store.check();
    });

    it('keeps commits over a restart', async () => {
      const bed = await open();
      await bed.store.commit(commit(1, write('a', 'created', lane('a')), write('b', 'created', lane('b'))));
      await bed.store.commit(commit(2, write('a', 'updated', lane('a', true)), write('b', 'deleted', null)));
      const store = await bed.reopen();
      expect(await store.load()).toEqual({
        revision: 2,
        resources: [{ key: 'shop/Lane/a', resource: lane('a', true), revision: 2, updatedAt: AT, author: 'anna' }],
        tokens: [],
        memberships: [],
        requests: [],
        users: [],
        sessions: [],
        reported: new Map(),
        releases: [],
        told: new Map(),
      });
    });

    it('keeps the history of each resource, newest first, by pages', async () => {
      const { store } = await open();
      await store.commit(commit(1, write('a', 'created', lane('a')), write('b', 'created', lane('b'))));
      await store.commit(commit(2, write('a', 'deleted', null)));
      const said = { at: AT, author: 'anna', reason: 'why not: ü "🛣"' };
      const deleted = {
        ...said,
        revision: 2,
        action: 'deleted',
        diff: write('a', 'deleted', null).diff,
        resource: null,
      };
      const created = write('a', 'created', lane('a'));
      expect(await store.history('shop/Lane/a', { limit: 10 })).toEqual([
        deleted,
        { ...said, revision: 1, action: 'created', diff: created.diff, resource: lane('a') },
      ]);
      expect(await store.history('shop/Lane/a', { limit: 1 })).toEqual([deleted]);
      expect(await store.history('shop/Lane/a', { limit: 5, before: 2 })).toMatchObject([{ revision: 1 }]);
    });

    it('refuses a commit on another revision, and keeps nothing of it', async () => {
      const { store } = await open();
      await store.commit(commit(1, write('a', 'created', lane('a'))));
      await expect(store.commit(commit(1, write('b', 'created', lane('b'))))).rejects.toMatchObject({
        code: 'FAIRWAY_CONFLICT',
      });
      await expect(store.commit(commit(5, write('b', 'created', lane('b'))))).rejects.toMatchObject({
        code: 'FAIRWAY_CONFLICT',
      });
      expect((await store.load()).resources.map(({ key }) => key)).toEqual(['shop/Lane/a']);
      expect(await store.audit({ limit: 10 })).toHaveLength(1);
    });

    it('keeps nothing of a commit that fails half way', async () => {
      const { store } = await open();
      const twice = commit(1, write('a', 'created', lane('a')), write('a', 'created', lane('a')));
      await expect(store.commit(twice)).rejects.toMatchObject({ code: 'FAIRWAY_STORE_UNAVAILABLE' });
      expect(await store.load()).toMatchObject({ revision: 0, resources: [] });
      expect(await store.history('shop/Lane/a', { limit: 10 })).toEqual([]);
      await store.commit(commit(1, write('a', 'created', lane('a'))));
    });

    it('audits commits and what else is noted, newest first, by pages', async () => {
      const { store } = await open();
      await store.commit(commit(1, write('a', 'created', lane('a')), write('b', 'created', lane('b'))));
      await store.note({ ...entry, action: 'instance-removed' });
      expect(await store.audit({ limit: 2 })).toEqual([
        { ...entry, id: 3, action: 'instance-removed' },
        {
          id: 2,
          at: AT,
          author: 'anna',
          action: 'created',
          target: 'shop/Lane/b',
          revision: 1,
          reason: commit(1).reason,
        },
      ]);
      expect(await store.audit({ limit: 2, before: 2 })).toMatchObject([{ id: 1, target: 'shop/Lane/a' }]);
    });

    it('keeps tokens until they are removed', async () => {
      const bed = await open();
      const admin: TokenRecord = { ...token, id: 't2', role: 'admin', namespace: null, hash: 'cd'.repeat(32) };
      await bed.store.addToken(token, entry);
      await bed.store.addToken(admin, entry);
      await expect(bed.store.addToken({ ...token, id: 't3' }, entry)).rejects.toThrow();
      const store = await bed.reopen();
      expect([...(await store.load()).tokens].sort((a, b) => a.id.localeCompare(b.id))).toEqual([token, admin]);
      await store.removeToken('t1', entry);
      expect((await store.load()).tokens).toEqual([admin]);
      expect(await store.audit({ limit: 10 })).toHaveLength(3);
    });

    it('keeps memberships, as they were said last', async () => {
      const bed = await open();
      await bed.store.saveMemberships([membership('i1'), membership('i2')], []);
      const said = membership('i1', { addresses: ['a:80'], readySinceMs: Date.parse(AT), command: 'drain' });
      await bed.store.saveMemberships([said], ['i2', 'never-there']);
      await bed.store.saveMemberships([], []);
      const store = await bed.reopen();
      expect((await store.load()).memberships).toEqual([said]);
    });

    it('keeps many memberships at once', async () => {
      const { store } = await open();
      const many = Array.from({ length: 3_000 }, (_, n) => membership(`i${n}`));
      await store.saveMemberships(many, []);
      await store.saveMemberships(
        [],
        many.slice(1).map(({ instance }) => instance.id),
      );
      expect((await store.load()).memberships).toEqual([membership('i0')]);
    });

    it('keeps the loss ledger, and which reports it holds', async () => {
      const bed = await open();
      await bed.store.addLosses([lossLine('shop/a', 0), lossLine('shop/a', 1, 'i1', 7), lossLine('bank/b', 2)]);
      await bed.store.addLosses([lossLine('shop/c', 3, 'i1', 3), lossLine('shop/a', 4, 'i2', 9)]);
      const store = await bed.reopen();
      expect([...(await store.load()).reported].sort()).toEqual([
        ['i1', 3],
        ['i2', 9],
      ]);
      const found = async (filter: object) =>
        (await store.losses({ sinceMs: 0, limit: 10, ...filter })).map(({ atMs }) => atMs - LOSS_MS);
      expect(await found({})).toEqual([0, 1, 2, 3, 4]);
      expect(await found({ namespace: 'shop' })).toEqual([0, 1, 3, 4]);
      expect(await found({ service: 'shop/a', sinceMs: LOSS_MS + 1 })).toEqual([1, 4]);
      expect(await found({ limit: 2 })).toEqual([3, 4]);
      expect(await store.losses({ sinceMs: LOSS_MS + 4, limit: 1 })).toEqual([lossLine('shop/a', 4, 'i2', 9).record]);
    });

    it('forgets what is old in the loss ledger, and what is too much', async () => {
      const { store } = await open();
      const many = Array.from({ length: 1_200 }, (_, n) => lossLine('shop/a', n));
      await store.addLosses(many);
      await store.pruneLosses({ beforeMs: LOSS_MS + 100, maxLines: 1_000 });
      const left = await store.losses({ sinceMs: 0, limit: 5_000 });
      expect([left.length, left[0]?.atMs]).toEqual([1_000, LOSS_MS + 200]);
      await store.pruneLosses({ beforeMs: LOSS_MS + 1_199, maxLines: 1_000 });
      expect(await store.losses({ sinceMs: 0, limit: 5_000 })).toHaveLength(1);
      await store.addLosses([]);
    });

    it('keeps changes that wait for a second person', async () => {
      const bed = await open();
      const request = (id: string, at: string): ChangeRequest => ({
        ...{ id, at, namespace: 'shop', author: 'anna', reason: null },
        changes: [{ key: 'shop/Lane/a', resource: lane('a'), revision: null, diff: [] }],
      });
      await bed.store.addRequest(request('later', '2026-01-02T03:04:06.000Z'), entry);
      await bed.store.addRequest(request('first', AT), entry);
      const store = await bed.reopen();
      const { requests } = await store.load();
      expect(requests).toEqual([request('first', AT), request('later', '2026-01-02T03:04:06.000Z')]);
      await store.removeRequest('first', entry);
      expect((await store.load()).requests.map(({ id }) => id)).toEqual(['later']);
      expect(await store.audit({ limit: 10 })).toHaveLength(3);
    });

    it('keeps users, and who is signed in', async () => {
      const bed = await open();
      const user = (name: string, over: object = {}): UserRecord => ({
        ...{ name, role: 'operator', namespace: 'shop', hash: 'scrypt$1', createdAt: AT, author: 'anna' },
        ...over,
      });
      const session = (hash: string, name: string) => ({ hash, user: name, csrf: `csrf ${hash}`, createdMs: LOSS_MS });
      await bed.store.saveUser(user('ben'), entry);
      await bed.store.saveUser(user('ann'), entry);
      await bed.store.saveUser(user('ben', { role: 'admin', namespace: null }), entry);
      await bed.store.saveSession(session('s1', 'ann'), []);
      await bed.store.saveSession(session('s2', 'ben'), []);
      await bed.store.saveSession(session('s3', 'ben'), ['s2', 'none']);
      const store = await bed.reopen();
      const loaded = await store.load();
      expect(loaded.users).toEqual([user('ann'), user('ben', { role: 'admin', namespace: null })]);
      expect(loaded.sessions.map(({ hash }) => hash).sort()).toEqual(['s1', 's3']);
      expect(loaded.sessions).toContainEqual(session('s1', 'ann'));
      await store.removeUser('ann', entry);
      await store.removeSessions(['s3']);
      await store.removeSessions([]);
      expect(await store.load()).toMatchObject({ users: [{ name: 'ben' }], sessions: [] });
    });

    it('keeps releases, each state after the one before it and once, with what is said of it', async () => {
      const bed = await open();
      await bed.store.saveRelease(release('r1', 1), [entry]);
      await bed.store.saveRelease(release('r1', 2), [entry, entry]);
      await expect(bed.store.saveRelease(release('r1', 1), [entry])).rejects.toThrow(/is there already/);
      await expect(bed.store.saveRelease(release('r1', 2), [entry])).rejects.toThrow(/moved on by another/);
      await expect(bed.store.saveRelease(release('r1', 4), [entry])).rejects.toMatchObject({
        code: 'FAIRWAY_CONFLICT',
      });
      const store = await bed.reopen();
      expect((await store.load()).releases).toEqual([release('r1', 2)]);
      expect(await store.audit({ limit: 10 })).toHaveLength(3);
    });

    it('takes a change in the name of a release only while the release is in that state', async () => {
      const { store } = await open();
      await store.saveRelease(release('r1', 1), []);
      const fenced = (seq: number, revision: number) =>
        store.commit({
          ...commit(revision, write(`lane-${revision}`, 'created', lane('a'))),
          fence: { release: 'shop/Release/r1', seq },
        });
      await fenced(1, 1);
      await store.saveRelease(release('r1', 2), []);
      await expect(fenced(1, 2)).rejects.toMatchObject({ code: 'FAIRWAY_CONFLICT' });
      expect((await store.load()).revision).toBe(1);
      await fenced(2, 2);
      const unknown = { release: 'shop/Release/r2', seq: 1 };
      const change = { ...commit(3, write('c', 'created', lane('c'))), fence: unknown };
      await expect(store.commit(change)).rejects.toThrow(/has gone on/);
    });

    it('forgets the first of the releases that ended, and none that goes on', async () => {
      const { store } = await open();
      await store.saveRelease(release('on', 1), []);
      for (const n of [1, 2, 3, 4]) await store.saveRelease(release(`r${n}`, 1, LOSS_MS + n), []);
      for (const name of ['on', 'r1']) await store.saveTold(`shop/Release/${name}`, 'ops', 3);
      await store.saveTold('shop/Release/on', 'ops', 4);
      await store.pruneReleases(2);
      await store.pruneReleases(2);
      expect((await store.load()).told).toEqual(new Map([['shop/Release/on ops', 4]]));
      const names = (await store.load()).releases.map(({ release: { metadata } }) => metadata.name);
      expect(names.sort()).toEqual(['on', 'r3', 'r4']);
    });

    it('keeps calls that come at the same time apart', async () => {
      const { store } = await open();
      const names = Array.from({ length: 20 }, (_, n) => `lane-${n}`);
      await Promise.all([
        ...names.map((name, n) => store.commit(commit(n + 1, write(name, 'created', lane(name))))),
        ...names.map((id) => store.saveMemberships([membership(id)], [])),
        ...names.map(() => store.note(entry)),
      ]);
      const state = await store.load();
      expect([state.revision, state.resources.length, state.memberships.length]).toEqual([20, 20, 20]);
      expect(await store.audit({ limit: 100 })).toHaveLength(40);
    });
  });
}
