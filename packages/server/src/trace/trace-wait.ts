/** Answers that are held until more is told of a request. */
export class TraceWait {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Something was told of requests. */
  changed(ids: Iterable<string>): void {
    for (const id of ids) for (const look of [...(this.#waiting.get(id) ?? [])]) look();
  }

  /** Fulfilled once a condition holds, looked at after each change of the request, or the signal aborts. */
  until(id: string, isSo: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const looks = this.#waiting.get(id) ?? new Set();
      const end = () => {
        looks.delete(look);
        if (looks.size === 0) this.#waiting.delete(id);
        resolve();
      };
      const look = () => {
        if (isSo()) end();
      };
      this.#waiting.set(id, looks.add(look));
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
  }
}
