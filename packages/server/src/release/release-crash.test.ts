// The control plane dies before and after each thing that it stores, and goes on from what is there.
import { hasEnded, ResourceSet } from '@fairway/control';
import type { Release, ReleaseState } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../change/ledger.ts';
import { resolveOptions } from '../option.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { temporaryFolder } from '../testbed.ts';
import { ReleaseRunner } from './release-runner.ts';

const KEY = 'shop/Release/prices-2';
const by = { author: 'anna', reason: null };

function aRelease(promotion: 'automatic' | 'manual' = 'automatic'): Release {
  return {
    apiVersion: 'fairway.dev/v1',
    kind: 'Release',
    metadata: { name: 'prices-2', namespace: 'shop' },
    spec: {
      lane: 'gray',
      services: ['order'],
      entry: { services: ['web'] },
      steps: [{ percent: 10 }, { check: {} }, { percent: 50 }, { pause: { approval: true } }],
      promotion,
    },
  };
}

/** A process: what it does with the store stops for ever at one point, before or after something is written. */
class Process {
  readonly died: Promise<void>;
  readonly runner: ReleaseRunner;
  readonly ledger: Ledger;
  readonly store: Store;
  points = 0;
  #die = () => {};
  #isDead = false;

  private constructor(store: Store, diesAt: number, isWorse: boolean) {
    this.store = store;
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
    const mortal = new Proxy(store, {
      get: (target, name: keyof Store) => {
        const own = target[name];
        if (typeof own !== 'function') return own;
        const call = own.bind(target) as (...args: unknown[]) => Promise<unknown>;
        const isWrite = name === 'saveRelease' || name === 'commit';
        return async (...args: unknown[]) => {
          if (isWrite) await this.#point(diesAt);
          const answer = await (this.#isDead ? new Promise(() => {}) : call(...args));
          if (isWrite) await this.#point(diesAt);
          return answer;
        };
      },
    });
    let nowMs = 0;
    const clock = () => {
      nowMs += 20_000;
      return nowMs;
    };
    const resources = new ResourceSet();
    this.ledger = new Ledger({ store: mortal, resources, nowMs: clock, published: () => {} });
    this.runner = new ReleaseRunner({
      store: mortal,
      ledger: this.ledger,
      nowMs: clock,
      isProtected: () => false,
      missing: async () => [],
      observe: (_release, _state, isLaneOff) => {
        const verdict = isWorse ? 'worse' : 'fine';
        return {
          verdict,
          services: [],
          health: [],
          requests: 100,
          lately: 0,
          breaches: [],
          metrics: [],
          gate: null,
          isReplaced: true,
          isLaneOff,
        };
      },
      changed: () => {},
      failed: () => {},
    });
  }

  static async start(dataDir: string, diesAt: number, isWorse: boolean): Promise<Process> {
    const store = await openStore(resolveOptions({ dataDir }));
    const process = new Process(store, diesAt, isWorse);
    const state = await store.load();
    process.ledger.adopt(state.revision, state.resources);
    process.runner.restore(state.releases);
    return process;
  }

  async #point(diesAt: number): Promise<void> {
    this.points++;
    if (this.points !== diesAt && !this.#isDead) return;
    this.#isDead = true;
    this.#die();
    await new Promise(() => {});
  }

  /** Begins the release where it is not there, approves it where it waits for that, until it ended or the process died. */
  async run(release: Release): Promise<ReleaseState | 'died'> {
    const died = this.died.then(() => 'died' as const);
    for (;;) {
      const known = this.runner.list('shop')[0];
      if (known && hasEnded(known.state)) return known.state;
      const done = this.#push(release, known?.state, known?.watch?.waitsFor.map(({ what }) => what) ?? []);
      if ((await Promise.race([done, died])) === 'died') return 'died';
    }
  }

  async #push(release: Release, state: ReleaseState | undefined, waitsFor: readonly string[]): Promise<void> {
    if (!state) {
      await this.runner.start(release, { ...by, dryRun: false });
    } else if (waitsFor.includes('approval')) {
      await this.runner.order(KEY, { type: 'approve' }, by);
    } else if (waitsFor.includes('promotion')) {
      await this.runner.order(KEY, { type: 'promote' }, by);
    } else {
      this.runner.news();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async end(): Promise<void> {
    void this.runner.close().catch(() => {});
    await this.store.close();
  }
}

/** Runs a release to its end, by processes of which the first dies at a point; 0: it does not. */
async function released(diesAt: number, { isWorse = false, release = aRelease() } = {}) {
  const dataDir = temporaryFolder();
  const first = await Process.start(dataDir, diesAt, isWorse);
  const end = await first.run(release);
  const { points } = first;
  await first.end();
  if (end !== 'died') return { state: end, points, ...(await stored(dataDir)) };
  const second = await Process.start(dataDir, 0, isWorse);
  const state = await second.run(release);
  await second.end();
  return { state: state as ReleaseState, points, ...(await stored(dataDir)) };
}

async function stored(dataDir: string) {
  const store = await openStore(resolveOptions({ dataDir }));
  const { resources } = await store.load();
  const changes = await store.history('shop/Lane/gray', { limit: 100 });
  await store.close();
  const lane = resources.find(({ key }) => key === 'shop/Lane/gray')?.resource;
  return { lane: lane?.spec, changes: changes.length };
}

const deeds = ({ history }: ReleaseState) => history.map(({ what }) => what);

describe.each([
  ['that is promoted', {}],
  ['that waits for a word before it is promoted', { release: aRelease('manual') }],
  ['that is rolled back', { isWorse: true }],
])('a release %s', (_, how) => {
  it('ends as it should, with nothing done twice, wherever the control plane dies', async () => {
    const whole = await released(0, how);
    expect(whole.points).toBeGreaterThan(10);
    for (let diesAt = 1; diesAt <= whole.points; diesAt++) {
      const broken = await released(diesAt, how);
      expect([diesAt, deeds(broken.state)]).toEqual([diesAt, deeds(whole.state)]);
      expect(broken).toMatchObject({ lane: whole.lane, changes: whole.changes });
    }
  }, 120_000);
});
