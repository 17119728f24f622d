/** Counts what is done and tells those who wait for a number. */
export interface Progress {
  readonly count: number;
  add(): void;
  /** Resolves when that many are done. */
  reached(count: number): Promise<void>;
}

export function newProgress(): Progress {
  let waiting: { at: number; resolve: () => void }[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    add() {
      count += 1;
      const due = waiting.filter((one) => one.at <= count);
      if (due.length === 0) return;
      waiting = waiting.filter((one) => one.at > count);
      for (const one of due) one.resolve();
    },
    reached: (at) => (at <= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ at, resolve }))),
  };
}
