import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  advance,
  firstState,
  hasEnded,
  isTraffic,
  type LaneWish,
  laneOf,
  type Observation,
  type ReleaseInput,
  type ReleaseOrder,
  refusal,
  servicesOf,
  waitsFor,
  wishOf,
} from '@fairway/control';
import {
  FairwayError,
  isFairwayError,
  type Lane,
  namespaceOf,
  type Release,
  type ReleaseState,
  type ReleaseStatus,
  resourceKey,
  serviceKey,
} from '@fairway/model';
import { type Draft, draftOf } from '../change/draft.ts';
import type { Ledger, Signature } from '../change/ledger.ts';
import { Serial } from '../serial.ts';
import type { AuditEntry, ReleaseRecord, Store } from '../store/store.ts';

/** All releases are looked at so often, and so soon after news. */
const TICK_MS = 500;
const NEWS_MS = 200;
/** Who has not acknowledged is told anew after so long. */
const ASK_MS = 1_000;
/** A rollback ends without those that do not acknowledge it for so long. */
const MAX_ROLLBACK_WAIT_MS = 60_000;
/** Wait before another try when the store is away. */
const RETRY_MS = 1_000;
/** Releases that ended are kept, in all. */
const MAX_ENDED = 500;

/** What the runner needs of the rest of the server. */
export interface ReleaseRunnerParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly nowMs: () => number;
  /** Whether what changes traffic there takes two people. */
  isProtected(namespace: string): boolean;
  /** Waits until all who must have a revision of resources have it, or `signal` is aborted. Those that have not. */
  missing(revision: number, namespace: string, signal: AbortSignal): Promise<string[]>;
  /** What is seen of a release now. */
  observe(release: Release, state: ReleaseState, isLaneOff: boolean): Observation;
  /** A release went on. */
  changed(record: ReleaseRecord): void;
  failed(what: string, error: unknown): void;
}

/** A wish that is being carried out. */
interface Work {
  readonly wish: string;
  readonly abort: AbortController;
  missing: readonly string[];
}

/**
 * Runs releases: it tells the engine what happens, stores each state before anything is done for it, and does what the state
 * asks for until that is done. All that it knows is in the store: it goes on from there after a crash.
 */
export class ReleaseRunner {
  readonly #parts: ReleaseRunnerParts;
  readonly #records = new Map<string, ReleaseRecord>();
  readonly #seen = new Map<string, Observation>();
  readonly #works = new Map<string, Work>();
  readonly #serial = new Serial();
  #ticks: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: ReleaseRunnerParts) {
    this.#parts = parts;
  }

  /** Takes in what is stored, and goes on from there. */
  restore(records: readonly ReleaseRecord[]): void {
    for (const record of records) {
      this.#records.set(record.key, record);
      this.#parts.changed(record);
    }
    this.#ticks = setInterval(() => this.#look(), TICK_MS);
  }

  /** The latest first. */
  list(namespace: string | undefined): ReleaseStatus[] {
    return [...this.#records.values()]
      .filter(({ release }) => namespace === undefined || namespaceOf(release) === namespace)
      .sort((a, b) => b.state.createdMs - a.state.createdMs || (a.key < b.key ? 1 : -1))
      .map((record) => this.#statusOf(record));
  }

  /** @throws FairwayError FAIRWAY_NOT_FOUND */
  get(key: string): ReleaseStatus {
    return this.#statusOf(this.#recordOf(key));
  }

  /**
   * Begins a release that is right in itself; `dryRun`: only checks it. One that goes on already is not begun again: who got no
   * answer may ask once more.
   * @throws FairwayError FAIRWAY_INVALID with every problem, FAIRWAY_CONFLICT: there is another of that name, or it has ended
   */
  async start(release: Release, by: Signature & { readonly dryRun: boolean }): Promise<ReleaseStatus> {
    const key = resourceKey(release);
    const known = this.#records.get(key);
    if (known && !hasEnded(known.state) && isDeepStrictEqual(known.release, release)) return this.#statusOf(known);
    if (known) {
      throw new FairwayError('FAIRWAY_CONFLICT', `${key} is there already: give the release a name of its own`);
    }
    for (const draft of this.#drafts(release)) await this.#parts.ledger.apply([draft], { ...by, dryRun: true });
    const isProtected = this.#parts.isProtected(namespaceOf(release));
    const state = firstState(by.author, by.reason, this.#parts.nowMs(), isProtected);
    const record: ReleaseRecord = { key, release, author: by.author, seq: 1, state };
    if (by.dryRun) return this.#statusOf(record);
    await this.#serial.run(async () => {
      await this.#parts.store.saveRelease(record, this.#entries(record, 0));
      this.#records.set(key, record);
    });
    this.#parts.changed(record);
    await this.#prune();
    await this.#turn(key);
    return this.get(key);
  }

  /**
   * Tells a release what to do.
   * @throws FairwayError FAIRWAY_NOT_FOUND, FAIRWAY_CONFLICT: that makes no sense now, FAIRWAY_STORE_UNAVAILABLE
   */
  async order(key: string, order: ReleaseOrder, { author, reason }: Signature): Promise<ReleaseStatus> {
    await this.#tell(key, { ...order, by: author, reason }, ({ release, state }) => {
      const why = refusal(release, state, order, author);
      if (why !== null) throw new FairwayError('FAIRWAY_CONFLICT', `${key} can't ${order.type}: ${why}`);
    });
    return this.get(key);
  }

  /** Something was reported that releases may want to know. */
  news(): void {
    if (this.#isClosed || this.#active().length === 0) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#look();
    }, NEWS_MS);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#ticks);
    clearTimeout(this.#soon);
    for (const { abort } of this.#works.values()) abort.abort();
    await this.#looking;
    // A store that is away keeps nobody: what was begun is read from it at the next start.
    await this.#serial.run(async () => {}).catch(() => {});
  }

  /** Forgets the first of those that ended. */
  async #prune(): Promise<void> {
    await this.#parts.store.pruneReleases(MAX_ENDED);
    const ended = [...this.#records.values()].filter(({ state }) => hasEnded(state));
    const surplus = ended.sort((a, b) => (b.state.endedMs ?? 0) - (a.state.endedMs ?? 0)).slice(MAX_ENDED);
    for (const { key } of surplus) this.#records.delete(key);
  }

  #recordOf(key: string): ReleaseRecord {
    const record = this.#records.get(key);
    if (record) return record;
    throw new FairwayError('FAIRWAY_NOT_FOUND', `there is no ${key}`);
  }

  #active(): ReleaseRecord[] {
    return [...this.#records.values()].filter(({ state }) => !hasEnded(state));
  }

  #statusOf(record: ReleaseRecord): ReleaseStatus {
    const { key, release, author, state } = record;
    const status = { release, author, state };
    if (hasEnded(state)) return { ...status, watch: null };
    const nowMs = this.#parts.nowMs();
    const seen = this.#seen.get(key) ?? null;
    const missing = this.#works.get(key)?.missing ?? [];
    const waits = waitsFor(release, state, { ahead: this.#ahead(record), missing, seen }, nowMs);
    const { verdict = 'tooFew', services = [], health = [] } = seen ?? {};
    const at = new Date(nowMs).toISOString();
    const metrics = (release.spec.metrics ?? []).map(({ name }, index) => ({
      name,
      value: seen?.metrics[index] ?? null,
    }));
    const watch = { at, verdict, services: [...services], health: [...health], metrics, waitsFor: waits };
    return { ...status, watch };
  }

  /** Releases that were created before it and have what it wants, by name. */
  #ahead({ key, release, state }: ReleaseRecord): string[] {
    if (state.phase !== 'waiting') return [];
    const isBefore = (other: ReleaseRecord) =>
      other.state.createdMs < state.createdMs || (other.state.createdMs === state.createdMs && other.key < key);
    return this.#active()
      .filter((other) => other.key !== key && isBefore(other) && haveSame(other.release, release))
      .map((other) => other.release.metadata.name);
  }

  /** The lane at each step that changes it: what must be possible for the release to be. */
  #drafts(release: Release): Draft[] {
    const before = this.#laneOf(release);
    return release.spec.steps.flatMap((step, traffic) =>
      isTraffic(step) ? [draftOf(laneOf(before, release, { enabled: true, traffic }), `spec.steps[${traffic}]`)] : [],
    );
  }

  #laneOf(release: Release): Lane | undefined {
    return this.#parts.ledger.find(laneKeyOf(release)) as Lane | undefined;
  }

  #look(): void {
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = null;
    });
  }

  async #lookAtAll(): Promise<void> {
    for (const { key } of this.#active()) await this.#turn(key);
  }

  /** Tells a release that time passed and what is seen of it. */
  async #turn(key: string): Promise<void> {
    try {
      const record = this.#recordOf(key);
      const ahead = this.#ahead(record);
      if (record.release.spec.concurrency !== 'wait') {
        for (const name of ahead)
          await this.#tell(keyIn(record, name), { type: 'supersede', by: record.release.metadata.name });
      }
      await this.#tell(key, { type: 'tick', ahead });
      await this.#observe(key);
    } catch (error) {
      this.#parts.failed('a release was not taken further; it will be tried again', error);
    }
  }

  async #observe(key: string): Promise<void> {
    const { release, state } = this.#recordOf(key);
    if (state.traffic === null || hasEnded(state) || state.phase === 'rollingBack') return;
    const isLaneOff = this.#laneOf(release)?.spec.enabled === false;
    const observation = this.#parts.observe(release, state, isLaneOff);
    this.#seen.set(key, observation);
    await this.#tell(key, { type: 'observed', observation });
  }

  /** Takes a release further by what happens to it: stored first, then done. `check` may refuse. */
  async #tell(key: string, input: ReleaseInput, check?: (record: ReleaseRecord) => void): Promise<void> {
    const isNew = await this.#serial.run(async () => {
      const record = this.#recordOf(key);
      check?.(record);
      const lately = this.#seen.get(key)?.services;
      const state = advance(record.release, record.state, input, this.#parts.nowMs(), lately);
      if (state === record.state || this.#isClosed) return false;
      const next = { ...record, seq: record.seq + 1, state };
      await this.#save(next, this.#entries(next, record.state.history.length));
      return true;
    });
    const now = this.#recordOf(key);
    if (isNew) this.#parts.changed(now);
    if (hasEnded(now.state)) this.#seen.delete(key);
    this.#pursue(key);
  }

  async #save(record: ReleaseRecord, entries: readonly AuditEntry[]): Promise<void> {
    const { store } = this.#parts;
    try {
      await store.saveRelease(record, entries);
      this.#records.set(record.key, record);
    } catch (error) {
      // Whether it is stored, or another is, is known only by reading.
      const { releases } = await store.load();
      for (const stored of releases) this.#records.set(stored.key, stored);
      throw error;
    }
  }

  /** What the audit is told: what came into the history after its first lines. */
  #entries({ key, state }: ReleaseRecord, from: number): AuditEntry[] {
    return state.history.slice(from).map(({ atMs, what, by, text }) => ({
      at: new Date(atMs).toISOString(),
      author: by ?? key,
      action: `release-${what}`,
      target: key,
      revision: null,
      reason: text || null,
    }));
  }

  /** Has what a release wants of its lane carried out, once. */
  #pursue(key: string): void {
    const { state } = this.#recordOf(key);
    const wish = wishOf(state);
    const work = this.#works.get(key);
    const wanted = JSON.stringify(wish);
    if (work?.wish === wanted || (wish === null && !work)) return;
    work?.abort.abort();
    this.#works.delete(key);
    if (wish === null || this.#isClosed) return;
    const begun: Work = { wish: wanted, abort: new AbortController(), missing: [] };
    this.#works.set(key, begun);
    void this.#carryOut(key, wish, begun);
  }

  async #carryOut(key: string, wish: LaneWish, work: Work): Promise<void> {
    const { signal } = work.abort;
    while (!signal.aborted) {
      try {
        const missing = await this.#applied(key, wish, work);
        if (signal.aborted) return;
        await this.#tell(key, { type: 'applied', missing });
        return;
      } catch (error) {
        if (signal.aborted) return;
        work.missing = [`the control plane itself (${isFairwayError(error) ? error.message : String(error)})`];
        this.#parts.failed(`${key}: its lane is not as wanted; it will be tried again`, error);
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Changes the lane, and waits until all know. Those that do not, where a release does not wait for them. */
  async #applied(key: string, wish: LaneWish, work: Work): Promise<readonly string[]> {
    const { release, state, seq } = this.#recordOf(key);
    const { signal } = work.abort;
    const step = state.history.at(-1)?.what ?? '';
    const by = { author: key, reason: `release: ${step}`, fence: { release: key, seq } };
    const edit = (before: unknown) => laneOf((before ?? undefined) as Lane | undefined, release, wish);
    const { revision } = await this.#parts.ledger.edit(laneKeyOf(release), edit, by);
    const latestMs = this.#parts.nowMs() + MAX_ROLLBACK_WAIT_MS;
    for (;;) {
      const isOver = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
      work.missing = await this.#parts.missing(revision, namespaceOf(release), isOver);
      if (work.missing.length === 0 || signal.aborted) return work.missing;
      if (state.phase === 'rollingBack' && this.#parts.nowMs() > latestMs) return work.missing;
    }
  }
}

function laneKeyOf(release: Release): string {
  const { lane: name } = release.spec;
  return resourceKey({ kind: 'Lane', metadata: { name, namespace: namespaceOf(release) } });
}

function keyIn({ release }: ReleaseRecord, name: string): string {
  return resourceKey({ ...release, metadata: { ...release.metadata, name } });
}

/** Whether two releases want the same lane, entry or service. */
function haveSame(a: Release, b: Release): boolean {
  if (namespaceOf(a) !== namespaceOf(b)) return false;
  const wants = (one: Release) => [
    `lane ${one.spec.lane}`,
    ...one.spec.entry.services.map((ref) => `entry ${serviceKey(ref, namespaceOf(one))}`),
    ...servicesOf(one),
  ];
  const own = new Set(wants(a));
  return wants(b).some((one) => own.has(one));
}
