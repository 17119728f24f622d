import type { Membership, Store } from '../store/store.ts';

/** Changes of the fleet are written together, so long after the first. */
const DELAY_MS = 50;
/** Wait before another try when the store is away. */
const RETRY_MS = 1_000;

/** Where the present membership of an instance is read; null: it is gone. */
export type MembershipOf = (id: string) => Membership | null;

/** Keeps the stored memberships up with the fleet, in the background: the link never waits for the store. */
export class MembershipWriter {
  readonly #store: Store;
  readonly #membershipOf: MembershipOf;
  readonly #failed: (error: unknown) => void;
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  /** `failed`: told of each failure; the writing goes on by itself. */
  constructor(store: Store, membershipOf: MembershipOf, failed: (error: unknown) => void) {
    this.#store = store;
    this.#membershipOf = membershipOf;
    this.#failed = failed;
  }

  changed(id: string): void {
    this.#changed.add(id);
    this.#schedule(DELAY_MS);
  }

  /** Writes what is left, once. */
  async close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#writing;
    await this.#write().catch(this.#failed);
  }

  #schedule(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#writing = this.#write().then(
        () => this.#next(DELAY_MS),
        (error: unknown) => {
          this.#failed(error);
          this.#next(RETRY_MS);
        },
      );
    }, delayMs);
  }

  #next(delayMs: number): void {
    this.#timer = null;
    if (this.#changed.size > 0) this.#schedule(delayMs);
  }

  async #write(): Promise<void> {
    const ids = [...this.#changed];
    if (ids.length === 0) return;
    this.#changed.clear();
    const present = ids.map(this.#membershipOf).filter((membership) => membership !== null);
    const known = new Set(present.map(({ instance }) => instance.id));
    try {
      const removed = ids.filter((id) => !known.has(id));
      await this.#store.saveMemberships(present, removed);
    } catch (error) {
      for (const id of ids) this.#changed.add(id);
      throw error;
    }
  }
}
