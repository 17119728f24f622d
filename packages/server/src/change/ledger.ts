import { diff, type ResourceChange, type ResourceSet } from '@fairway/control';
import { FairwayError, isFairwayError, type Resource } from '@fairway/model';
import { Serial } from '../serial.ts';
import type { Fence, HistoryEntry, ResourceWrite, Store, StoredResource } from '../store/store.ts';
import { type Draft, draftOf, resourceName } from './draft.ts';
import { checkDrafts, type Warning, warningsOf } from './review.ts';

/** Who changes something and why. */
export interface Signature {
  readonly author: string;
  readonly reason: string | null;
  /** In the name of a release: only while it is in that state. */
  readonly fence?: Fence;
}

/** What a change did, or would do, to one resource. */
export interface ChangeResult {
  readonly key: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly action: ResourceWrite['action'] | 'unchanged';
  readonly revision: number;
  readonly diff: ResourceWrite['diff'];
}

/** What drafts did, or would do. */
export interface ApplyResult {
  readonly revision: number;
  readonly changes: readonly ChangeResult[];
  readonly warnings: readonly Warning[];
}

export interface ApplyOptions extends Signature {
  /** Only say what would happen. */
  readonly dryRun?: boolean;
  /** The revision that the (single) resource must have; null: it must not exist. Absent: any. */
  readonly expected?: number | null | undefined;
}

/** What the ledger works on. `published` is called after a commit, with what agents must now be told. */
export interface LedgerParts {
  readonly store: Store;
  readonly resources: ResourceSet;
  readonly nowMs: () => number;
  readonly published: (changes: readonly ResourceChange[], revision: number) => void;
}

/** The facts about a resource that are not in it. */
type Stamp = Omit<StoredResource, 'resource' | 'key'>;

/**
 * The resources and every change made to them. Changes are checked, stored as a whole, and then published; they happen
 * one after another. A change that fails leaves everything as it was.
 */
export class Ledger {
  readonly #parts: LedgerParts;
  readonly #stamps = new Map<string, Stamp>();
  readonly #serial = new Serial();
  #revision = 0;
  /** A commit failed in a way that leaves open what is stored: read it again before the next. */
  #isUnsure = false;
  #settling: Promise<void> | null = null;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  /** Of the latest change. Survives restarts. */
  get revision(): number {
    return this.#revision;
  }

  /** Takes in what is stored, and returns how that differs from what was known. */
  adopt(revision: number, stored: readonly StoredResource[]): ResourceChange[] {
    const { resources } = this.#parts;
    const changes: ResourceChange[] = [];
    const keys = new Set(stored.map(({ key }) => key));
    for (const key of [...this.#stamps.keys()].filter((known) => !keys.has(known))) {
      this.#stamps.delete(key);
      changes.push(resources.remove(key));
    }
    for (const { key, resource, ...stamp } of stored) {
      if (this.#stamps.get(key)?.revision === stamp.revision) continue;
      this.#stamps.set(key, stamp);
      changes.push(resources.set(resource));
    }
    this.#revision = revision;
    return changes;
  }

  /** @throws FairwayError FAIRWAY_NOT_FOUND */
  get(key: string): StoredResource {
    const resource = this.#parts.resources.get(key);
    const stamp = this.#stamps.get(key);
    if (!resource || !stamp) throw notFound(key);
    return { key, resource, ...stamp };
  }

  /** A resource as it is now. */
  find(key: string): Resource | undefined {
    return this.#parts.resources.get(key);
  }

  list(): StoredResource[] {
    return this.#parts.resources.all().map((resource) => this.get(draftOf(resource).key));
  }

  /**
   * Makes the drafts true, all or none. Revisions are those of the change; of what is unchanged, its own.
   * @throws FairwayError FAIRWAY_INVALID with every problem, FAIRWAY_CONFLICT, FAIRWAY_STORE_UNAVAILABLE
   */
  apply(drafts: readonly Draft[], options: ApplyOptions): Promise<ApplyResult> {
    return this.#serial.run(() => this.#apply(drafts, options));
  }

  /** Makes one resource what `edit` makes of it (null: not there), without a change by others in between. Throws as apply, and what `edit` throws. */
  edit(key: string, edit: (before: Resource | null) => Resource | null, by: Signature): Promise<ChangeResult> {
    return this.#serial.run(async () => {
      if (this.#isUnsure) await this.#reload();
      const resource = edit(this.#parts.resources.get(key) ?? null);
      const { changes } = await this.#apply([{ key, resource, path: '' }], by);
      return changes[0] as ChangeResult;
    });
  }

  /** Makes one resource what it was before its latest change, or right after the change `to`. */
  undo(key: string, options: ApplyOptions & { readonly to?: number | undefined }): Promise<ChangeResult> {
    return this.#serial.run(async () => {
      const target = await this.earlier(key, options.to);
      const reason = options.reason ?? target.reason;
      const { changes } = await this.#apply([{ key, resource: target.resource, path: '' }], { ...options, reason });
      return changes[0] as ChangeResult;
    });
  }

  /** What an undo would make of a resource. @throws FairwayError FAIRWAY_NOT_FOUND */
  async earlier(key: string, to: number | undefined): Promise<{ resource: Resource | null; reason: string }> {
    const { store } = this.#parts;
    const page = to === undefined ? { limit: 2 } : { limit: 1, before: to + 1 };
    const entries: HistoryEntry[] = await store.history(key, page);
    const [latest, before] = entries;
    if (!latest) throw notFound(key);
    if (to === undefined) return { resource: before?.resource ?? null, reason: `undo of revision ${latest.revision}` };
    if (latest.revision !== to) {
      throw new FairwayError('FAIRWAY_NOT_FOUND', `${key} was not changed by revision ${to}`);
    }
    return { resource: latest.resource, reason: `back to revision ${to}` };
  }

  async #apply(drafts: readonly Draft[], options: ApplyOptions): Promise<ApplyResult> {
    if (this.#isUnsure) await this.#reload();
    this.#expect(drafts, options.expected);
    checkDrafts(this.#parts.resources, drafts);
    const warnings = warningsOf(this.#parts.resources, drafts);
    const writes = drafts.map((draft) => this.#writeOf(draft)).filter((write) => write !== null);
    const revision = writes.length > 0 && !options.dryRun ? this.#revision + 1 : this.#revision;
    if (writes.length > 0 && !options.dryRun) await this.#commit(writes, revision, options);
    const byKey = new Map(writes.map((write) => [write.key, write]));
    const changes = drafts.map((draft) => this.#resultOf(draft, byKey.get(draft.key), revision));
    return { revision, changes, warnings };
  }

  #expect(drafts: readonly Draft[], expected: number | null | undefined): void {
    if (expected === undefined) return;
    const key = drafts[0]?.key ?? '';
    const found = this.#stamps.get(key)?.revision ?? null;
    if (found === expected) return;
    const is = found === null ? 'does not exist' : `is at revision ${found}`;
    const was = expected === null ? 'did not exist' : `was at revision ${expected}`;
    throw new FairwayError('FAIRWAY_CONFLICT', `${key} ${is}, the change expects that it ${was}`);
  }

  #writeOf(draft: Draft): ResourceWrite | null {
    const before = this.#parts.resources.get(draft.key) ?? null;
    const changes = diff(before, draft.resource);
    if (changes.length === 0) return null;
    const action = before === null ? 'created' : draft.resource === null ? 'deleted' : 'updated';
    return { key: draft.key, ...resourceName(draft.key), action, resource: draft.resource, diff: changes };
  }

  #resultOf(draft: Draft, write: ResourceWrite | undefined, revision: number): ChangeResult {
    const same = this.#stamps.get(draft.key)?.revision ?? revision;
    const { key } = draft;
    return write
      ? { key, ...resourceName(key), action: write.action, revision, diff: write.diff }
      : { key, ...resourceName(key), action: 'unchanged', revision: same, diff: [] };
  }

  async #commit(writes: readonly ResourceWrite[], revision: number, by: Signature): Promise<void> {
    const at = new Date(this.#parts.nowMs()).toISOString();
    const { author, reason, fence } = by;
    try {
      await this.#parts.store.commit({ expected: this.#revision, revision, at, author, reason, writes, fence });
    } catch (error) {
      this.#isUnsure = true;
      throw error;
    }
    this.#revision = revision;
    this.#parts.published(
      writes.map((write) => this.#put(write, { revision, updatedAt: at, author })),
      revision,
    );
  }

  #put(write: ResourceWrite, stamp: Stamp): ResourceChange {
    const { resources } = this.#parts;
    if (write.resource === null) {
      this.#stamps.delete(write.key);
      return resources.remove(write.key);
    }
    this.#stamps.set(write.key, stamp);
    return resources.set(write.resource);
  }

  async #reload(): Promise<void> {
    const state = await this.#parts.store.load();
    const changes = this.adopt(state.revision, state.resources);
    this.#isUnsure = false;
    if (changes.length > 0) this.#parts.published(changes, state.revision);
  }

  /** Finds out what is stored if a failed commit left that open. Fulfilled when it is known, or the store is still away. */
  settle(): Promise<void> {
    if (!this.#isUnsure) return Promise.resolve();
    this.#settling ??= this.#serial
      .run(async () => {
        if (this.#isUnsure) await this.#reload();
      })
      .catch((error: unknown) => {
        if (!isFairwayError(error)) throw error;
      })
      .finally(() => {
        this.#settling = null;
      });
    return this.#settling;
  }
}

function notFound(key: string): FairwayError {
  return new FairwayError('FAIRWAY_NOT_FOUND', `there is no ${key}`);
}
