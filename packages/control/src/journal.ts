import type { Change } from './change.ts';

interface Entry {
  readonly revision: number;
  readonly change: Change;
}

/**
 * The revision counter of the link and a bounded ring of the most recent changes. Revisions only grow; one may stand for
 * several changes, or for none.
 */
export class Journal {
  readonly #capacity: number;
  #entries: Entry[] = [];
  #revision: number;
  /** Highest revision of which some change was forgotten: deltas start at or after it. */
  #forgotten: number;

  /** `capacity`: changes remembered at least, before a delta becomes impossible; memory is bounded by twice that. */
  constructor(capacity: number, revision = 0) {
    this.#capacity = capacity;
    this.#revision = revision;
    this.#forgotten = revision;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Records changes under one new revision, which is returned. Without changes it only counts on. */
  append(changes: readonly Change[]): number {
    const revision = ++this.#revision;
    for (const change of changes) this.#entries.push({ revision, change });
    if (this.#entries.length > 2 * this.#capacity) this.#forget();
    return revision;
  }

  /** The changes after a revision, oldest first; null when that is not known here any more, or not yet. */
  since(revision: number): readonly Change[] | null {
    if (revision < this.#forgotten || revision > this.#revision) return null;
    return this.#entries.slice(this.#firstAfter(revision)).map((entry) => entry.change);
  }

  #firstAfter(revision: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle] as Entry).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #forget(): void {
    const drop = this.#entries.length - this.#capacity;
    this.#forgotten = (this.#entries[drop - 1] as Entry).revision;
    this.#entries = this.#entries.slice(drop);
  }
}
