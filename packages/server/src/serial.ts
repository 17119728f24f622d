import { FairwayError } from '@fairway/model';

/** A job that is not begun in this time is not done at all: whoever asked for it has waited long enough. */
const MAX_WAIT_MS = 5_000;

/** Runs jobs one after another, in the order in which they were given; one that fails does not stop the next. */
export class Serial {
  #last: Promise<void> = Promise.resolve();

  /** @throws FairwayError FAIRWAY_STORE_UNAVAILABLE when the jobs before it take longer than `maxWaitMs` */
  run<T>(job: () => Promise<T>, maxWaitMs = MAX_WAIT_MS): Promise<T> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        reject(new FairwayError('FAIRWAY_STORE_UNAVAILABLE', `the store is away or busy: waited for ${maxWaitMs} ms`));
      }, maxWaitMs);
      this.#last = this.#last.then(() => {
        clearTimeout(timer);
        return isLate ? undefined : job().then(resolve, reject);
      });
    });
  }
}
