import type { HealthEvent } from '@fairway/core';
import type { CallerCount, CallPhase, Instance, Transition } from '@fairway/model';
import type { CallerSight } from '../link/line.ts';

/** One attempt. */
export interface Attempt {
  readonly instance: Instance;
  /** How the instance was known to be when it was sent. */
  readonly phase: CallPhase;
}

interface Count extends Attempt {
  requests: number;
  saved: number;
  failed: Record<string, number>;
}

/** What a report takes. */
const MAX_COUNTS = 1024;
const MAX_TRANSITIONS = 256;
const MAX_REASONS = 32;

/** Counts attempts and keeps events until they are taken. Beyond its bounds, counts of further instances and the oldest events are lost. */
export class CallLedger {
  readonly #nowMs: () => number;
  readonly #onNews: () => void;
  #counts: Count[] = [];
  /** The same, to be found without text being made for each attempt. */
  #byInstance = new Map<string, Partial<Record<CallPhase, Count>>>();
  #events: HealthEvent[] = [];

  /** `onNews`: told of the first that is to be taken. */
  constructor(nowMs: () => number, onNews: () => void = () => undefined) {
    this.#nowMs = nowMs;
    this.#onNews = onNews;
  }

  /** An attempt is over. `failed`: why, as the application saw it. `isSaved`: it failed, and the application did not see that. */
  count(attempt: Attempt, failed: string | undefined, isSaved: boolean): void {
    const count = this.#byInstance.get(attempt.instance.id)?.[attempt.phase] ?? this.#add(attempt);
    if (!count) return;
    count.requests++;
    if (isSaved) count.saved++;
    if (failed === undefined) return;
    const { failed: reasons } = count;
    const reason = failed in reasons || Object.keys(reasons).length < MAX_REASONS - 1 ? failed : 'other';
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }

  #add({ instance, phase }: Attempt): Count | undefined {
    if (this.#counts.length >= MAX_COUNTS) return undefined;
    const count = { instance, phase, requests: 0, saved: 0, failed: {} };
    this.#announce();
    this.#counts.push(count);
    this.#byInstance.set(instance.id, { ...this.#byInstance.get(instance.id), [phase]: count });
    return count;
  }

  #announce(): void {
    if (this.#counts.length + this.#events.length === 0) this.#onNews();
  }

  record(event: HealthEvent): void {
    this.#announce();
    this.#events.push(event);
    if (this.#events.length > MAX_TRANSITIONS) this.#events.shift();
  }

  /** All of it; what is counted from now on is told the next time. */
  take(): CallerSight {
    const atMs = this.#nowMs();
    const transitions = this.#events.map(
      ({ instance, what, cause, inFlight, atMs: wasMs }): Transition => ({
        instance: instance.id,
        service: instance.service,
        what,
        cause,
        inFlight,
        agoMs: Math.max(0, Math.round(atMs - wasMs)),
      }),
    );
    const counts = this.#counts.map(
      ({ instance, ...count }): CallerCount => ({ instance: instance.id, service: instance.service, ...count }),
    );
    this.#events = [];
    this.#counts = [];
    this.#byInstance = new Map();
    return { transitions, counts };
  }
}
