import { setTimeout as delay } from 'node:timers/promises';
import type { ReleaseRecord, Store } from '../store/store.ts';
import { messageFor } from './message.ts';
import { ask } from './outbound.ts';
import type { Targets } from './target.ts';

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** A message that nobody takes for so long is given up, and the next is tried. */
const MAX_AGE_MS = 3_600_000;

export interface NotifierParts {
  readonly targets: Targets;
  readonly store: Pick<Store, 'saveTold'>;
  readonly nowMs: () => number;
  /** A target did not take a message. */
  failed(what: string, error: unknown): void;
}

/**
 * Tells targets what happens in releases: each event in order, again until it is taken, also after a restart. A target may be
 * told one twice, with the same idempotency key.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #records = new Map<string, ReleaseRecord>();
  /** How many events each target was told, by release and target. */
  readonly #told = new Map<string, number>();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  restore(told: ReadonlyMap<string, number>): void {
    for (const [name, count] of told) this.#told.set(name, count);
  }

  /** A release is as it is now. */
  changed(record: ReleaseRecord): void {
    const { notify = [] } = record.release.spec;
    if (notify.length > 0) this.#records.set(record.key, record);
    for (const target of notify) this.#begin(record.key, target);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#busy.values());
  }

  #begin(key: string, target: string): void {
    const name = `${key} ${target}`;
    if (this.#busy.has(name)) return;
    const work = this.#tell(key, target).finally(() => {
      this.#busy.delete(name);
      const left = (this.#records.get(key)?.state.history.length ?? 0) - (this.#told.get(name) ?? 0);
      if (left > 0 && !this.#stopping.signal.aborted) this.#begin(key, target);
    });
    this.#busy.set(name, work);
  }

  async #tell(key: string, target: string): Promise<void> {
    const name = `${key} ${target}`;
    for (;;) {
      const record = this.#records.get(key);
      const told = this.#told.get(name) ?? 0;
      if (!record || told >= record.state.history.length || this.#stopping.signal.aborted) return;
      await this.#tellOne(record, target, told);
      if (this.#stopping.signal.aborted) return;
      this.#told.set(name, told + 1);
      await this.#parts.store.saveTold(key, target, told + 1).catch((error: unknown) => {
        this.#parts.failed(`${key}: what ${target} was told is not stored; it may be told twice`, error);
      });
    }
  }

  /** Until it is taken, too old, or the server stops. */
  async #tellOne(record: ReleaseRecord, name: string, index: number): Promise<void> {
    const target = this.#parts.targets.get(name);
    const atMs = record.state.history[index]?.atMs ?? 0;
    for (let waitMs = FIRST_RETRY_MS; target; waitMs = Math.min(waitMs * 2, MAX_RETRY_MS)) {
      const message = messageFor(target, record, index, this.#parts.nowMs());
      if (message === null) return;
      try {
        await ask(target, message);
        return;
      } catch (error) {
        this.#parts.failed(`${record.key}: target ${name} did not take a message; it will be told again`, error);
      }
      if (this.#parts.nowMs() - atMs > MAX_AGE_MS) return;
      const { signal } = this.#stopping;
      await delay(waitMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
  }
}
