/** What a thread may count between two reports, and whether it counts at all. Shared by its meters. */
export class MeasureBounds {
  isOn = true;
  /** Requests that were not told apart. */
  overflowed = 0;
  #cells = 0;

  /** Whether one more cell may be made. */
  takeCell(): boolean {
    if (this.#cells >= MAX_CELLS) return false;
    this.#cells++;
    return true;
  }

  reset(): void {
    this.#cells = 0;
    this.overflowed = 0;
  }
}

/** Kinds of calls and of requests that are told apart in one report. */
const MAX_CELLS = 1_000;

/** Endpoints of one service that are told apart in one report. */
export const MAX_ENDPOINTS = 100;
