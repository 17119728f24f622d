import type { CallPhase, Instance } from '@fairway/model';
import type { Peer } from './peer.ts';

/** A call that the application gave up on counts as a failure after this long, and after so many times what is usual. */
const PATIENCE_MS = 1000;
const PATIENCE_FACTOR = 3;

/** Who keeps count of the calls to a service. */
export interface FlightLog {
  /** The first verdict on a call. `status` undefined: the network failed. */
  judged(flight: Flight, status: number | undefined, nowMs: number): void;
  /** A call that was answered failed after all. */
  failedAfterAll(flight: Flight, nowMs: number): void;
  landed(flight: Flight): void;
}

/** One attempt of a call to one instance, from the pick until its end. */
export class Flight {
  readonly peer: Peer;
  readonly begunMs: number;
  /** How the instance was known to be when the call went out. */
  readonly phase: CallPhase;
  readonly isRetry: boolean;
  /** One of those that say whether an ejected instance may have its share again. */
  readonly isProbe: boolean;
  readonly #log: FlightLog;
  #isJudged = false;
  #hasEnded = false;

  constructor(log: FlightLog, peer: Peer, phase: CallPhase, nowMs: number, isRetry: boolean) {
    this.#log = log;
    this.peer = peer;
    this.phase = phase;
    this.begunMs = nowMs;
    this.isRetry = isRetry;
    this.isProbe = peer.health.standing === 'probing';
  }

  get instance(): Instance {
    return this.peer.instance;
  }

  /** The head of an answer came, or a gRPC status as the HTTP status that it means. */
  answered(status: number, nowMs: number): void {
    if (this.#isJudged) return;
    this.#isJudged = true;
    this.#log.judged(this, status, nowMs);
  }

  /** The connection was refused or broke, or a limit of time passed: also after an answer had begun. Ends it. */
  failed(nowMs: number): void {
    if (this.#hasEnded) return;
    if (this.#isJudged) this.#log.failedAfterAll(this, nowMs);
    else this.#log.judged(this, undefined, nowMs);
    this.#isJudged = true;
    this.ended();
  }

  /** The application gave up on it: a failure, then true, only where it had waited long without an answer. Ends it. */
  abandoned(nowMs: number): boolean {
    const usualMs = this.peer.latency.at(nowMs);
    const isLong = nowMs - this.begunMs >= Math.max(PATIENCE_MS, PATIENCE_FACTOR * usualMs);
    const isFailure = isLong && !this.#isJudged;
    if (isFailure) this.failed(nowMs);
    else this.ended();
    return isFailure;
  }

  /** Nothing more will come. Only the first call counts. */
  ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#log.landed(this);
  }
}
