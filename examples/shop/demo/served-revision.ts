interface Waiter {
  readonly revision: number;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * Knows which revision is in force where configurations are rendered one after another: a configuration serves the
 * newest revision that had been heard of when its source was read.
 */
export function newServedRevision(known: number) {
  let heard = known;
  let rendering = 0;
  let current = 0;
  let waiters: Waiter[] = [];
  const remove = (waiter: Waiter) => {
    waiters = waiters.filter((one) => one !== waiter);
  };
  return {
    heard: (revision: number) => {
      heard = Math.max(heard, revision);
    },
    /** The source is about to be read. */
    rendering: () => {
      rendering = heard;
    },
    /** What was read last is in force. */
    applied: () => {
      current = rendering;
      for (const waiter of waiters) if (waiter.revision <= current) waiter.resolve();
    },
    /** Nobody can wait any more: what was read last never comes in force. */
    failed: (error: Error) => {
      for (const waiter of waiters) waiter.reject(error);
    },
    /** Resolves when the revision is in force. @throws Error when it is not within the time, or failed */
    reached: async (revision: number, timeoutMs: number): Promise<void> => {
      if (revision <= current) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter = { revision, resolve, reject };
      waiters.push(waiter);
      const late = () => reject(new Error(`revision ${revision} is not served after ${timeoutMs} ms`));
      const timer = setTimeout(late, timeoutMs);
      await promise.finally(() => {
        clearTimeout(timer);
        remove(waiter);
      });
    },
  };
}
