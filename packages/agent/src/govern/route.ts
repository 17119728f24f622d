import { setTimeout } from 'node:timers';
import {
  backoffMs,
  type Dice,
  type Eligible,
  type Flight,
  isRetryable,
  outcomeOf,
  type RequestView,
} from '@fairway/core';
import { FairwayError, type Instance, type Outcome } from '@fairway/model';
import { nowMs } from '../clock.ts';
import type { CallWatch } from '../trace/call-watch.ts';
import type { Callee } from './callee.ts';

/** Where an instance is connected to. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Why an attempt failed, where no status says it. */
export type Failure = 'refused' | 'reset' | 'timeout';

/**
 * The life of one call that goes to an instance: attempts, one after the other, until one of them is what the application
 * sees. A class, because one is made for each call: what only failures need is made then.
 *
 *     answered … ended | failed | abandoned
 *     next (nothing was sent), again (it may have been): the same with another attempt
 */
export class Route {
  target: Target;
  /** How long the call may take; undefined: no limit. */
  readonly limitMs: number | undefined;
  readonly #callee: Callee;
  readonly #set: Eligible;
  readonly #request: RequestView;
  readonly #dice: Dice;
  readonly #begunMs: number;
  #watchers: CallWatch[] | undefined;
  #flight: Flight;
  #status = 0;
  /** When the head of the answer was there. */
  #headMs = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  #attempt = 1;
  #failovers = 0;
  #isRenewed = false;
  #isOver = false;
  #tried: Set<string> | undefined;
  #lost: Flight[] | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(given: {
    callee: Callee;
    set: Eligible;
    first: Instance;
    port: number;
    request: RequestView;
    dice: Dice;
    atMs: number;
    limitMs: number | undefined;
    watch: CallWatch | undefined;
  }) {
    const { callee, set, first, port, request, dice, atMs, limitMs, watch } = given;
    this.target = { host: first.host, port };
    this.limitMs = limitMs;
    this.#callee = callee;
    this.#set = set;
    this.#request = request;
    this.#dice = dice;
    this.#begunMs = atMs;
    if (watch) this.watchedBy(watch);
    this.#flight = callee.traffic.begin(first, set.pool, atMs);
  }

  /** Where it goes now, and why. */
  get way() {
    const { lane, reason } = this.#set;
    return { service: this.#callee.traffic.key, instance: this.#flight.instance, lane, reason };
  }

  /** Has somebody told what becomes of it. */
  watchedBy(watch: CallWatch): void {
    this.#watchers ??= [];
    this.#watchers.push(watch);
  }

  /** How long one attempt may take; undefined: as long as the call. Only where there may be another. */
  get perTryMs(): number | undefined {
    const { retry } = this.#callee.traffic.policy;
    return this.#attempt <= retry.attempts ? retry.perTryMs : undefined;
  }

  /** Whether a policy may ask for another attempt of this call. */
  get isRetried(): boolean {
    const { attempts, methods } = this.#callee.traffic.policy.retry;
    return attempts > 0 && methods.has(this.#request.method);
  }

  /** Another instance after a connection that did not come about; undefined: none is left, or no more are to be tried. */
  next(): Target | undefined {
    if (this.#isOver || this.#failovers >= this.#callee.traffic.policy.failover.attempts) return undefined;
    const other = this.#other(nowMs());
    if (!other) return undefined;
    this.#failovers++;
    this.#go(other, 'refused', false);
    return this.target;
  }

  /** Once: the same call on another connection, where the one that it was sent on had been closed before it came. */
  afresh(): Target | undefined {
    const { retriesStale, methods } = this.#callee.traffic.policy.retry;
    if (this.#isOver || !retriesStale || this.#isRenewed || !methods.has(this.#request.method)) return undefined;
    this.#isRenewed = true;
    this.#go(this.#other(nowMs()) ?? this.#flight.instance, 'reset', false);
    return this.target;
  }

  /**
   * Another attempt, where the policy asks for one and the budget has room: how many milliseconds it waits before. `status`
   * undefined: the network failed. undefined: what there is, the application is to see.
   */
  again(status?: number): number | undefined {
    const { traffic } = this.#callee;
    const { retry } = traffic.policy;
    const { method } = this.#request;
    if (this.#isOver || !isRetryable(retry, { method, status, attempt: this.#attempt }) || !traffic.mayRetry()) {
      return undefined;
    }
    if (status !== undefined) this.#flight.answered(status, nowMs());
    const waitMs = backoffMs(retry, this.#attempt, this.#dice());
    this.#attempt++;
    const why = status === undefined ? 'reset' : outcomeOf(status);
    this.#go(this.#other(nowMs()) ?? this.#flight.instance, why, true, status !== undefined);
    return waitMs;
  }

  #other(atMs: number): Instance | undefined {
    this.#tried ??= new Set();
    this.#tried.add(this.#flight.instance.id);
    return this.#callee.traffic.pick(this.#set.pool, this.#request, atMs, this.#tried);
  }

  #go(instance: Instance, why: Outcome, isRetry: boolean, isAnswered = false): void {
    const atMs = nowMs();
    if (this.#watchers) for (const watch of this.#watchers) watch.again(why, instance, atMs);
    if (isAnswered) this.#flight.ended();
    else this.#flight.failed(atMs);
    this.#lost ??= [];
    this.#lost.push(this.#flight);
    this.#flight = this.#callee.traffic.begin(instance, this.#set.pool, atMs, isRetry);
    this.target = { host: instance.host, port: this.target.port };
  }

  /** Ends the call by `cancel`, with an error that says so, once its time is over. Does nothing where it has no limit. */
  limit(cancel: (error: Error) => void): void {
    const { limitMs } = this;
    if (limitMs === undefined || this.#timer || this.#isOver) return;
    const leftMs = Math.max(0, limitMs - (nowMs() - this.#begunMs));
    this.#timer = setTimeout(() => {
      if (this.#isOver) return;
      const error = timedOut(this.#callee.traffic.key, this.#flight.instance.id, limitMs);
      this.failed('timeout');
      cancel(error);
    }, leftMs).unref();
  }

  /** The head of the answer is there. `isLeaving`: it says that the instance is about to end. */
  answered(status: number, isLeaving: boolean, atMs = nowMs()): void {
    if (this.#isOver) return;
    this.#status = status;
    this.#headMs = atMs;
    this.#flight.answered(status, atMs);
    if (isLeaving) this.leaving();
  }

  /** The instance is about to end. */
  leaving(): void {
    this.#callee.traffic.leaving(this.#flight.instance.id, nowMs());
  }

  /** Whether a status is one that counts as a failure. */
  isFailure(status: number): boolean {
    return this.#callee.traffic.policy.outlier.isFailure(status);
  }

  /** So much of the bodies went and came, in bytes; what is not a number above 0 counts as none. Told before the call is over. */
  carried(sent: number, received: number): void {
    if (sent > 0) this.#sentBytes += sent;
    if (received > 0) this.#receivedBytes += received;
  }

  /** It failed, and the application sees it. */
  failed(reason: Failure): void {
    if (this.#isOver) return;
    const atMs = nowMs();
    this.#flight.failed(atMs);
    this.#close(reason, reason, atMs);
  }

  /** The application gave it up. */
  abandoned(): void {
    if (this.#isOver) return;
    const atMs = nowMs();
    const isFailure = this.#flight.abandoned(atMs);
    this.#close(isFailure ? 'timeout' : undefined, isFailure ? 'timeout' : 'abandoned', atMs);
  }

  /** Nothing more will come of it. */
  ended(): void {
    if (this.#isOver) return;
    this.#flight.ended();
    const status = this.#status;
    const outcome = status > 0 ? outcomeOf(status) : 'abandoned';
    this.#close(status > 0 && this.isFailure(status) ? `status:${status}` : undefined, outcome, this.#headMs);
  }

  /** `atMs`: when its latency ends; 0: now. */
  #close(failed: string | undefined, outcome: Outcome, atMs: number): void {
    this.#isOver = true;
    if (this.#timer) clearTimeout(this.#timer);
    const { ledger, edges, isInTransition } = this.#callee;
    const ms = (atMs || nowMs()) - this.#begunMs;
    edges.ended(this.#flight.peer, this.#set, this.#request.url, outcome, ms, this.#sentBytes, this.#receivedBytes);
    if (this.#watchers) for (const watch of this.#watchers) watch.over(outcome, this.#status, atMs || nowMs());
    if (this.#lost) this.#tellLost(this.#lost, failed === undefined);
    if (this.#flight.phase === 'ready' && failed === undefined && !isInTransition) return;
    ledger.count(this.#flight, failed, false);
  }

  #tellLost(attempts: readonly Flight[], isSaved: boolean): void {
    const { ledger, edges } = this.#callee;
    for (const attempt of attempts) {
      edges.replaced(attempt.peer, this.#set, this.#request.url);
      ledger.count(attempt, undefined, isSaved);
    }
  }
}

/** What a call fails with whose time is over. */
export function timedOut(service: string, instance: string, limitMs: number): Error {
  return new FairwayError(
    'FAIRWAY_TIMEOUT',
    `${service} did not answer within ${Math.round(limitMs)} ms: the call to instance ${instance} was ended`,
  );
}
