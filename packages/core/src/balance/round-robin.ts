import type { Dice, RequestView } from '../request-view.ts';
import type { Algorithm, Contest } from './choice.ts';

/**
 * Weighted round robin by earliest deadline: a contender's next turn is `1 / weight` after its last, and the earliest is
 * taken. First turns are drawn, so that many callers do not move in step. When weights change, what is left of each turn
 * is scaled and nothing starts again: starting again would send more to those that warm up. Cost: logarithmic.
 */
export class RoundRobin implements Algorithm {
  readonly #turns: Float64Array;
  readonly #paid: Float64Array;
  /** Indices as a binary heap: the earliest turn first. */
  readonly #heap: Uint32Array;
  #now = 0;
  #version: number;

  constructor(contest: Contest, dice: Dice) {
    const { weights } = contest;
    this.#paid = weights.slice();
    this.#turns = weights.map((weight) => (1 - dice()) / weight);
    this.#heap = Uint32Array.from(weights, (_, i) => i);
    this.#version = contest.version;
    this.#heapify();
  }

  choose(contest: Contest, _request: RequestView, _dice: Dice): number {
    if (contest.version !== this.#version) this.#rescale(contest);
    const chosen = this.#heap[0] as number;
    this.#now = this.#turns[chosen] as number;
    this.#turns[chosen] = this.#now + 1 / (contest.weights[chosen] as number);
    this.#sink(0);
    return chosen;
  }

  #rescale({ weights, version }: Contest): void {
    for (let i = 0; i < weights.length; i++) {
      const left = ((this.#turns[i] as number) - this.#now) * (this.#paid[i] as number);
      this.#turns[i] = this.#now + (Number.isNaN(left) ? 1 : left) / (weights[i] as number);
    }
    this.#paid.set(weights);
    this.#version = version;
    this.#heapify();
  }

  #heapify(): void {
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const moved = heap[from] as number;
    let at = from;
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && this.#isEarlier(child + 1, child)) child += 1;
      if ((this.#turns[heap[child] as number] as number) >= (this.#turns[moved] as number)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = moved;
  }

  #isEarlier(a: number, b: number): boolean {
    const turns = this.#turns;
    return (turns[this.#heap[a] as number] as number) < (turns[this.#heap[b] as number] as number);
  }
}
