/** What is to happen, by virtual time; what is due at the same time, in the order in which it was asked for. */
export class EventQueue {
  nowMs = 0;
  /** A binary heap. */
  readonly #heap: { atMs: number; order: number; run: () => void }[] = [];
  #order = 0;

  /** Runs something `inMs` from now. */
  after(inMs: number, run: () => void): void {
    const heap = this.#heap;
    const event = { atMs: this.nowMs + inMs, order: this.#order++, run };
    let at = heap.length;
    for (; at > 0; at = (at - 1) >> 1) {
      const parent = heap[(at - 1) >> 1];
      if (!parent || !isEarlier(event, parent)) break;
      heap[at] = parent;
    }
    heap[at] = event;
  }

  /** Lets virtual time pass. */
  runUntil(endMs: number): void {
    for (let [next] = this.#heap; next && next.atMs <= endMs; [next] = this.#heap) {
      this.nowMs = next.atMs;
      this.#removeFirst();
      next.run();
    }
    this.nowMs = endMs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const [left, right] = [heap[child], heap[child + 1]];
      const least = left && right && isEarlier(right, left) ? child + 1 : child;
      const event = heap[least];
      if (!event || !isEarlier(event, last)) break;
      heap[at] = event;
      at = least;
    }
    heap[at] = last;
  }
}

interface Due {
  readonly atMs: number;
  readonly order: number;
}

function isEarlier(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
