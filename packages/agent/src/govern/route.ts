import { setTimeout } from 'node:timers';
import { backoffMs, type Dice, type Flight, isRetryable, type Pool, type RequestView } from '@fairway/core';
import { FairwayError, type Instance } from '@fairway/model';
import { nowMs } from '../clock.ts';
import type { Attempt } from './call-ledger.ts';
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
  readonly #pool: Pool;
  readonly #request: RequestView;
  readonly #dice: Dice;
  readonly #begunMs: number;
  #flight: Flight;
  #status = 0;
  #attempt = 1;
  #failovers = 0;
  #isRenewed = false;
  #isOver = false;
  #tried: Set<string> | undefined;
  #lost: Attempt[] | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(given: {
    callee: Callee;
    pool: Pool;
    first: Instance;
    port: number;
    request: RequestView;
    dice: Dice;
    atMs: number;
    limitMs: number | undefined;
  }) {
    const { callee, pool, first, port, request, dice, atMs, limitMs } = given;
    this.target = { host: first.host, port };
    this.limitMs = limitMs;
    this.#callee = callee;
    this.#pool = pool;
    this.#request = request;
    this.#dice = dice;
    this.#begunMs = atMs;
    this.#flight = callee.traffic.begin(first, pool, atMs);
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
    this.#go(other, false);
    return this.target;
  }

  /** Once: the same call on another connection, where the one that it was sent on had been closed before it came. */
  afresh(): Target | undefined {
    const { retriesStale, methods } = this.#callee.traffic.policy.retry;
    if (this.#isOver || !retriesStale || this.#isRenewed || !methods.has(this.#request.method)) return undefined;
    this.#isRenewed = true;
    this.#go(this.#other(nowMs()) ?? this.#flight.instance, false);
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
    this.#go(this.#other(nowMs()) ?? this.#flight.instance, true, status !== undefined);
    return waitMs;
  }

  #other(atMs: number): Instance | undefined {
    this.#tried ??= new Set();
    this.#tried.add(this.#flight.instance.id);
    return this.#callee.traffic.pick(this.#pool, this.#request, atMs, this.#tried);
  }

  #go(instance: Instance, isRetry: boolean, isAnswered = false): void {
    const atMs = nowMs();
    if (isAnswered) this.#flight.ended();
    else this.#flight.failed(atMs);
    this.#lost ??= [];
    this.#lost.push(this.#flight);
    this.#flight = this.#callee.traffic.begin(instance, this.#pool, atMs, isRetry);
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

  /** It failed, and the application sees it. */
  failed(reason: Failure): void {
    if (this.#isOver) return;
    this.#flight.failed(nowMs());
    this.#close(reason);
  }

  /** The application gave it up. */
  abandoned(): void {
    if (this.#isOver) return;
    this.#close(this.#flight.abandoned(nowMs()) ? 'timeout' : undefined);
  }

  /** Nothing more will come of it. */
  ended(): void {
    if (this.#isOver) return;
    this.#flight.ended();
    this.#close(this.#status > 0 && this.isFailure(this.#status) ? `status:${this.#status}` : undefined);
  }

  #close(failed: string | undefined): void {
    this.#isOver = true;
    if (this.#timer) clearTimeout(this.#timer);
    const { ledger, isInTransition } = this.#callee;
    if (this.#lost) for (const attempt of this.#lost) ledger.count(attempt, undefined, failed === undefined);
    if (this.#flight.phase === 'ready' && failed === undefined && !isInTransition) return;
    ledger.count(this.#flight, failed, false);
  }
}

/** What a call fails with whose time is over. */
export function timedOut(service: string, instance: string, limitMs: number): Error {
  return new FairwayError(
    'FAIRWAY_TIMEOUT',
    `${service} did not answer within ${Math.round(limitMs)} ms: the call to instance ${instance} was ended`,
  );
}
