import { Worker } from '../worker.ts';
import type { CountOrder, CountOutcome, RateOrder, RateOutcome } from './order.ts';

/** The process that makes load; one order at a time. */
export class LoadGenerator {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start(): Promise<LoadGenerator> {
    const file = new URL('./generator.ts', import.meta.url);
    return new LoadGenerator(await Worker.start(file, { execPath: process.execPath }));
  }

  /** Requests at a fixed rate. */
  atRate(order: RateOrder): Promise<RateOutcome> {
    return this.#worker.ask(order);
  }

  /** So many requests as fast as they are answered. */
  count(order: CountOrder): Promise<CountOutcome> {
    return this.#worker.ask(order);
  }

  stop(): Promise<void> {
    return this.#worker.stop();
  }
}
