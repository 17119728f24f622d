/** One decision in so many is timed; while there is suspicion, every one. */
const SAMPLE_EVERY = 256;
/** Timed decisions that a judgement is made of. */
const WINDOW = 16;
/** One decision counts for at most so many times the limit: a pause of the whole process is not its fault. */
const CLIP = 8;

/** Holds the mean time of decisions to a limit, at the cost of a countdown for those that are not timed. */
export class Budget {
  readonly #limitUs: number;
  #countdown = SAMPLE_EVERY;
  #sumUs = 0;
  #count = 0;

  /** `limitUs`: Infinity for none. */
  constructor(limitUs: number) {
    this.#limitUs = limitUs;
  }

  /** Whether the next decision is to be timed. */
  isDue(): boolean {
    return --this.#countdown <= 0;
  }

  /** Takes in how long a timed decision took; true: the mean is above the limit. */
  spent(us: number): boolean {
    this.#sumUs += Math.min(us, CLIP * this.#limitUs);
    this.#count++;
    const isOver = this.#sumUs > this.#limitUs * this.#count;
    const isJudged = this.#count === WINDOW;
    if (isJudged) this.#sumUs = this.#count = 0;
    this.#countdown = isOver && !isJudged ? 1 : SAMPLE_EVERY;
    return isOver && isJudged;
  }
}
