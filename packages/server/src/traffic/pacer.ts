import { DEFAULT_PACE_MS } from '@fairway/model';
import type { StreamIndex } from '../link/stream-index.ts';

/** While someone watches. */
const LIVE_MS = 500;
/** All agents together report no more often than once in so long. */
const MS_A_REPORT = 2.5;
/** Who asked for traffic so lately is still watching. */
const WATCHING_MS = 15_000;

/** Tells agents how often to report: seldom, often while somebody watches, and never more together than a server takes. */
export class Pacer {
  readonly #streams: StreamIndex;
  readonly #usualMs: number;
  readonly #nowMs: () => number;
  #everyMs: number;
  #watchedMs = Number.NEGATIVE_INFINITY;

  /** `usualMs`: while nobody watches; 0: agents do not measure. */
  constructor(streams: StreamIndex, usualMs: number, nowMs: () => number) {
    this.#streams = streams;
    this.#usualMs = usualMs;
    this.#nowMs = nowMs;
    this.#everyMs = usualMs;
  }

  /** How often agents report now. */
  get everyMs(): number {
    return this.#everyMs;
  }

  /** Someone looks at traffic. */
  watched(): void {
    this.#watchedMs = this.#nowMs();
    this.tick();
  }

  /** A stream of an instance is open. */
  opened(instance: string): void {
    if (this.#everyMs !== DEFAULT_PACE_MS) this.#streams.get(instance)?.pace(this.#everyMs);
  }

  /** Tells all agents where it is another than they know. To be called every second or so. */
  tick(): void {
    const everyMs = this.#wanted();
    if (everyMs === this.#everyMs) return;
    this.#everyMs = everyMs;
    for (const stream of this.#streams.all()) stream.pace(everyMs);
  }

  #wanted(): number {
    if (this.#usualMs === 0) return 0;
    const isWatched = this.#nowMs() - this.#watchedMs < WATCHING_MS;
    const leastMs = Math.ceil((this.#streams.size * MS_A_REPORT) / LIVE_MS) * LIVE_MS;
    return Math.min(60_000, Math.max(isWatched ? Math.min(LIVE_MS, this.#usualMs) : this.#usualMs, leastMs));
  }
}
