/** One decision in so many is timed; while there is suspicion, one in fewer. */
const SAMPLE_EVERY = 256;
const SUSPECT_EVERY = 16;
/** Timed decisions that a judgement is made of. */
const WINDOW = 16;

/**
 * Holds the time of decisions to a limit, at the cost of a countdown for those that are not timed. What counts is whether most of them
 * take longer, not how long: on a machine that has too much to do, any decision may be interrupted for milliseconds, and to let calls go
 * as dialled may lose them.
 */
export class Budget {
  readonly #limitUs: number;
  #countdown = SAMPLE_EVERY;
  #slow = 0;
  #count = 0;

  /** `limitUs`: Infinity for none. */
  constructor(limitUs: number) {
    this.#limitUs = limitUs;
  }

  /** Whether the next decision is to be timed. */
  isDue(): boolean {
    return --this.#countdown <= 0;
  }

  /** Takes in how long a timed decision took; true: most of them take longer than the limit. */
  spent(us: number): boolean {
    if (us > this.#limitUs) this.#slow++;
    this.#count++;
    const isOver = this.#slow * 2 > this.#count;
    const isJudged = this.#count === WINDOW;
    if (isJudged) this.#slow = this.#count = 0;
    this.#countdown = isOver && !isJudged ? SUSPECT_EVERY : SAMPLE_EVERY;
    return isOver && isJudged;
  }
}
