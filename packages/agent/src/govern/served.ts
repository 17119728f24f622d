import { outcomeOf, type TrafficMeter } from '@fairway/core';
import type { Outcome } from '@fairway/model';
import { nowMs } from '../clock.ts';
import type { Context } from './inbound.ts';

const SERVING = Symbol('fairway.serving');

/** What is kept of a request until it is answered. A class, because one is made for each. */
class Serving {
  readonly url: string;
  readonly context: Context | undefined;
  readonly begunMs = nowMs();

  constructor(url: string, context: Context | undefined) {
    this.url = url;
    this.context = context;
  }
}

/** Measures what this process is asked. What is counted is the time until the whole answer was handed over. */
export class Served {
  readonly #meter: TrafficMeter;
  readonly #ownLane: () => string;

  /** `ownLane`: of requests that have no context. */
  constructor(meter: TrafficMeter, ownLane: () => string) {
    this.#meter = meter;
    this.#ownLane = ownLane;
  }

  /** A request came; it is answered by `subject`. */
  begin(subject: object, url: string, context: Context | undefined): void {
    if (this.#meter.isOn || context?.traced) (subject as { [SERVING]?: Serving })[SERVING] = new Serving(url, context);
  }

  /** `status` undefined: it was not answered in full. Does nothing for what did not begin. */
  ended(subject: object, status: number | undefined): void {
    const own = subject as { [SERVING]?: Serving | undefined };
    const serving = own[SERVING];
    if (!serving) return;
    own[SERVING] = undefined;
    const { url, context, begunMs } = serving;
    const outcome: Outcome = status === undefined ? 'abandoned' : outcomeOf(status);
    context?.traced?.ended(status);
    const lane = context ? (context.lane ?? '') : this.#ownLane();
    this.#meter.inbound.ended(lane, url, outcome, nowMs() - begunMs);
  }
}
