import {
  type Eligible,
  type HeaderEdit,
  outcomeOf,
  pathOf,
  type RequestView,
  type Step,
  type Trace,
} from '@fairway/core';
import { HOP_BOUNDS, type Hop, type HopAttempt, type Instance, type Outcome } from '@fairway/model';
import { nowMs } from '../clock.ts';
import type { CallWatch } from './call-watch.ts';
import { type HopLog, round } from './hop-log.ts';
import { randomId } from './random-id.ts';
import type { TraceCarrier } from './trace-carrier.ts';

/** Calls of one request that are recorded. */
const MAX_CALLS = 64;

/** How much is written down of a request: nothing, what was decided, or each step of it. */
export type TraceDepth = 'carried' | 'recorded' | 'explained';

/** A request that came to this process, whose trace goes on with the calls that are made for it. */
export class TracedRequest {
  readonly carrier: TraceCarrier;
  readonly log: HopLog;
  readonly depth: TraceDepth;
  readonly id = randomId(8);
  /** undefined: nothing is written down. */
  readonly #record: Recording | undefined;
  #calls = 0;

  constructor(carrier: TraceCarrier, log: HopLog, depth: TraceDepth, request: RequestView) {
    this.carrier = carrier;
    this.log = log;
    this.depth = depth;
    this.#record = depth === 'carried' ? undefined : new Recording(request);
  }

  /** Takes in a step of the decision which lane it has; undefined: they are not written down. */
  get step(): Trace | undefined {
    return this.depth === 'explained' ? (step) => this.#record?.step(step) : undefined;
  }

  /** What changes on the headers of a call of which nothing is written down. */
  edits(call: RequestView): readonly HeaderEdit[] {
    return this.carrier.edits(undefined, call);
  }

  /** Its lane is decided. */
  decided(lane: string, reason: string): void {
    this.#record?.decided(lane, reason);
  }

  /** A call that is made for it. undefined: nothing is written down of it, or there were too many. */
  calling(request: RequestView): TracedCall | undefined {
    return this.#record && this.#calls++ < MAX_CALLS ? new TracedCall(this, request) : undefined;
  }

  /** It was answered; `status` undefined: not in full. */
  ended(status: number | undefined): void {
    this.#tell(status === undefined ? 'abandoned' : outcomeOf(status), status);
  }

  /** Its connection was taken over: nothing is seen of how it ends. */
  taken(): void {
    this.#tell('open', undefined);
  }

  #tell(outcome: Hop['outcome'], status: number | undefined): void {
    if (!this.#record) return;
    const { trace, parent } = this.carrier;
    this.log.add({
      ...this.#record.told(nowMs()),
      trace,
      id: this.id,
      ...(parent === undefined ? {} : { parent }),
      kind: 'served',
      attempts: [],
      outcome,
      ...(status === undefined ? {} : { status }),
    });
  }
}

/** A call that is made for such a request. */
export class TracedCall implements CallWatch {
  readonly #of: TracedRequest;
  readonly #request: RequestView;
  readonly #id = randomId(8);
  readonly #record: Recording;
  readonly #attempts: HopAttempt[] = [];
  #to = '';
  #eligible: Hop['eligible'];
  #instance: Instance | undefined;
  #sentMs = 0;

  constructor(of: TracedRequest, request: RequestView) {
    this.#of = of;
    this.#request = request;
    this.#record = new Recording(request);
  }

  get step(): Trace | undefined {
    return this.#of.depth === 'explained' ? (step) => this.#record.step(step) : undefined;
  }

  /** What changes on its headers, so that the trace goes on from here. */
  edits(): readonly HeaderEdit[] {
    return this.#of.carrier.edits(this.#id, this.#request);
  }

  /** Where it may go is decided. */
  decided(to: string, { lane, reason, instances }: Eligible): void {
    this.#to = to;
    this.#record.decided(lane, reason);
    const first = instances.slice(0, HOP_BOUNDS.eligible).map(({ id }) => id);
    this.#eligible = { count: instances.length, instances: first };
  }

  /** It goes to an instance. */
  begin(instance: Instance, atMs: number): void {
    this.#instance = instance;
    this.#sentMs = atMs;
  }

  again(why: Outcome, next: Instance, atMs: number): void {
    this.#attempted(why, atMs);
    this.begin(next, atMs);
  }

  over(outcome: Outcome, status: number, atMs: number): void {
    this.#attempted(outcome, atMs);
    this.#tell(outcome, status, atMs);
  }

  /** It goes as dialled. */
  passed(address: string, lane: string, why: string): void {
    this.#to ||= address;
    this.#record.decided(lane, `passed:${why}`);
    this.#tell('passed', 0, nowMs());
  }

  #attempted(outcome: Outcome, atMs: number): void {
    if (!this.#instance || this.#attempts.length >= HOP_BOUNDS.attempts) return;
    const { id, lane = '' } = this.#instance;
    const afterMs = round(this.#sentMs - this.#record.begunMs);
    this.#attempts.push({ instance: id, lane, afterMs, tookMs: round(atMs - this.#sentMs), outcome });
  }

  #tell(outcome: Hop['outcome'], status: number, atMs: number): void {
    const { carrier, log, id: parent } = this.#of;
    log.add({
      ...this.#record.told(atMs),
      trace: carrier.trace,
      id: this.#id,
      parent,
      kind: 'called',
      to: printable(this.#to, 320),
      ...(this.#eligible ? { eligible: this.#eligible } : {}),
      attempts: this.#attempts,
      outcome,
      ...(status > 0 ? { status } : {}),
    });
  }
}

/** What both kinds of hops have. */
class Recording {
  readonly begunMs = nowMs();
  readonly #method: string;
  readonly #path: string;
  readonly #steps: Step[] = [];
  #lane = '';
  #reason = '';

  constructor(request: RequestView) {
    this.#method = printable(request.method, 32);
    this.#path = printable(pathOf(request), HOP_BOUNDS.pathLength);
  }

  step({ step, taken, text }: Step): void {
    if (this.#steps.length < HOP_BOUNDS.steps)
      this.#steps.push({ step, taken, text: printable(text, HOP_BOUNDS.stepLength) });
  }

  decided(lane: string, reason: string): void {
    this.#lane = lane;
    this.#reason = reason;
  }

  told(atMs: number) {
    return {
      method: this.#method,
      path: this.#path,
      lane: this.#lane,
      reason: this.#reason,
      steps: this.#steps,
      begunMs: this.begunMs,
      tookMs: round(atMs - this.begunMs),
    };
  }
}

/** As much of a text as is told, without what would change a terminal. */
function printable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[^\x20-\x7e]/g, '?');
}
