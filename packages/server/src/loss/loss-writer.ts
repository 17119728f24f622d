import { type CountRecord, merged } from '@fairway/control';
import type { LossLine, Store } from '../store/store.ts';

/** Lines are written together, so long after the first. */
const DELAY_MS = 500;
/** Wait before another try when the store is away. */
const RETRY_MS = 1_000;
/** Lines that wait at most; beyond, the first are given up. */
const MAX_WAITING = 50_000;

/** Writes lines of the loss ledger in the background. What one caller counts of one instance while it waits is one line. */
export class LossWriter {
  readonly #store: Store;
  readonly #failed: (error: unknown) => void;
  #waiting = new Map<string, LossLine>();
  #number = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  /** `failed`: told of each failure; the writing goes on by itself. */
  constructor(store: Store, failed: (error: unknown) => void) {
    this.#store = store;
    this.#failed = failed;
  }

  add(line: LossLine): void {
    const { record } = line;
    if (record.type === 'transition') this.#waiting.set(String(this.#number++), line);
    else this.#addCount(line, record);
    if (this.#waiting.size > MAX_WAITING) this.#waiting.delete(this.#waiting.keys().next().value ?? '');
    this.#schedule(DELAY_MS);
  }

  /** Writes what waits. @throws FairwayError FAIRWAY_STORE_UNAVAILABLE; it will be tried again */
  flush(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {});
    return written;
  }

  async close(): Promise<void> {
    await this.flush().catch(this.#failed);
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #addCount(line: LossLine, record: CountRecord): void {
    const key = [record.instance, record.caller, record.phase].join(' ');
    const before = this.#waiting.get(key)?.record;
    const sum = before?.type === 'count' ? merged(before, record) : record;
    this.#waiting.delete(key);
    this.#waiting.set(key, { ...line, record: sum });
  }

  #schedule(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.flush().catch(this.#failed);
    }, delayMs);
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    if (lines.size === 0) return;
    this.#waiting = new Map();
    try {
      await this.#store.addLosses([...lines.values()]);
    } catch (error) {
      const later = [...this.#waiting.values()];
      this.#waiting = lines;
      for (const line of later) this.add(line);
      this.#schedule(RETRY_MS);
      throw error;
    }
  }
}
