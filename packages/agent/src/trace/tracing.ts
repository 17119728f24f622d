import { setTimeout } from 'node:timers';
import { isTraceKept, type RequestView } from '@fairway/core';
import { DEFAULT_PACE_MS, type FollowKeys } from '@fairway/model';
import { nowMs } from '../clock.ts';
import { createFollowGate } from './follow-gate.ts';
import { HopLog, type ToldHops } from './hop-log.ts';
import { contextCarrier, followCarrier } from './trace-carrier.ts';
import { TracedRequest } from './traced-request.ts';

/** Hops of followed requests are told together, this long after the first of them: somebody waits. */
const TELL_FOLLOWED_MS = 50;
const MAX_FOLLOWED_HOPS = 64;
/** Others are told as often as traffic is, so many each time. */
const MAX_SAMPLED_HOPS = 128;

/** Writes down what becomes of requests, where that is asked for. */
export interface Tracing {
  learn(keys: FollowKeys): void;
  /** How often hops are told that nobody waits for. 0: as is usual. */
  pace(everyMs: number): void;
  /** What is written down of a request whose header asks for it to be followed; null: it is not believed. */
  follow(header: string, request: RequestView): TracedRequest | null;
  /** The trace of a request, of which so many are written down, in points of a hundredth of a percent. undefined: it is off. */
  sample(request: RequestView, points: number): TracedRequest | undefined;
}

/** What tracing needs of the rest of the agent. */
export interface TracingDeps {
  readonly isOn: boolean;
  /** Runs outside of all requests of the application. */
  outside(step: () => void): void;
  told(hops: ToldHops): void;
}

/** Creates it; it follows nothing before it learnt keys. */
export function createTracing({ isOn, outside, told }: TracingDeps): Tracing {
  const gate = createFollowGate(nowMs);
  let everyMs = DEFAULT_PACE_MS;
  const toldAfter = (waitMs: () => number, log: () => HopLog) => () =>
    outside(() => setTimeout(() => told(log().take()), waitMs()).unref());
  const followed: HopLog = new HopLog(
    MAX_FOLLOWED_HOPS,
    nowMs,
    toldAfter(
      () => TELL_FOLLOWED_MS,
      () => followed,
    ),
  );
  const sampled: HopLog = new HopLog(
    MAX_SAMPLED_HOPS,
    nowMs,
    toldAfter(
      () => everyMs,
      () => sampled,
    ),
  );
  return {
    learn(keys) {
      if (isOn) gate.learn(keys);
    },
    pace(wantedMs) {
      everyMs = wantedMs || DEFAULT_PACE_MS;
    },
    follow(header, request) {
      const claim = gate.admit(header);
      return claim ? new TracedRequest(followCarrier(claim), followed, 'explained', request) : null;
    },
    sample(request, points) {
      if (!isOn) return undefined;
      const carrier = contextCarrier(request, (trace) => isTraceKept(trace, points));
      return new TracedRequest(carrier, sampled, carrier.isKept ? 'recorded' : 'carried', request);
    },
  };
}
