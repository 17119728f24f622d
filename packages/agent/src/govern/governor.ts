import { AsyncResource } from 'node:async_hooks';
import type { Dice, RequestView, TrafficMeter } from '@fairway/core';
import { createAddressTexts } from './address-text.ts';
import { Contexts } from './contexts.ts';
import type { FirstCalls } from './first-call.ts';
import { type Context, contextOf } from './inbound.ts';
import { Meter } from './meter.ts';
import { decideCall, type OutboundCall, type Verdict } from './outbound.ts';
import { LEAVE, type PassReason } from './pass.ts';
import type { Plan } from './plan.ts';
import { Served } from './served.ts';

/** What the interception asks: it knows nothing of lanes, and this nothing of Node.js's HTTP. */
export interface Governor {
  readonly contexts: Contexts;
  /** What this process is asked is told here. */
  readonly served: Served;
  /** Lane labels of inbound requests that counted as not set: malformed, there twice, or from outside at an edge. */
  readonly droppedLabels: number;
  /** The context of an inbound request; undefined: it needs none. */
  inbound(request: RequestView): Context | undefined;
  /**
   * What becomes of a call. Where its address is not known yet and may be asked for, the call is to be held, and `resume` is called
   * once, later, in the caller's own async context, with what becomes of it; then 'held' is returned.
   */
  outbound(call: OutboundCall, resume: (verdict: Decided) => void): Decided | 'held';
  /** What becomes of a call by what is known now. */
  decide(call: OutboundCall): Verdict;
  /** Counts a call that is not to be decided. */
  pass(reason: PassReason): Decided;
  /** Counts what was governed without a decision of its own. */
  count(): void;
  /** The same governor for one point of interception: what it decides there is counted and timed by the meter. */
  at(meter: Meter): Governor;
}

/** A verdict that stands. */
export type Decided = Exclude<Verdict, { kind: 'unknown' }>;

/** Where the governor finds what it decides by. */
export interface GovernorDeps {
  plan(): Plan | undefined;
  serviceAt(address: string): string | null | undefined;
  /** Whether there is no plan because there must not be one: it would be too large. */
  isAside(): boolean;
  /** Whether there may be a plan soon. */
  isLearning(): boolean;
  readonly firstCalls: FirstCalls;
  readonly meter: TrafficMeter;
  readonly dice: Dice;
}

/** Creates the governor of this thread. */
export function createGovernor(deps: GovernorDeps): Governor {
  const { plan, isAside, isLearning, firstCalls, dice } = deps;
  const served = new Served(deps.meter, () => plan()?.self.lane ?? '');
  const contexts = new Contexts();
  const addressText = createAddressTexts();
  let droppedLabels = 0;
  const onDropped = () => {
    droppedLabels++;
  };
  const settled = (verdict: Verdict): Decided => (verdict.kind === 'unknown' ? LEAVE['not-answered'] : verdict);

  function judge(call: OutboundCall): Verdict {
    const now = plan();
    if (!now && isAside()) return LEAVE.memory;
    const address = addressText(call.host, call.port);
    return decideCall(now, address, deps.serviceAt(address), call, contexts.getStore(), dice);
  }

  function at(meter: Meter): Governor {
    const judged = (call: OutboundCall) => (meter.isDue() ? meter.time(() => judge(call)) : judge(call));
    const contextAt = (request: RequestView, now: Plan | undefined) =>
      now ? contextOf(now, request, dice, onDropped) : isLearning() ? { lane: undefined, request } : undefined;
    return {
      contexts,
      served,
      at,
      decide: (call) => meter.count(judged(call)),
      count() {
        meter.governed++;
      },
      pass: (reason) => meter.count(LEAVE[reason]),
      get droppedLabels() {
        return droppedLabels;
      },
      inbound(request) {
        const now = plan();
        if (now?.rules.enabled) meter.governed++;
        else meter.passed[now ? 'off' : isAside() ? 'memory' : 'no-plan']++;
        return meter.isDue() ? meter.time(() => contextAt(request, now)) : contextAt(request, now);
      },
      outbound(call, resume) {
        const verdict = judged(call);
        if (verdict.kind !== 'unknown') return meter.count(verdict);
        const later = AsyncResource.bind(() => resume(meter.count(settled(judge(call)))));
        return firstCalls.hold(verdict.address, later) ? 'held' : meter.count(LEAVE['not-answered']);
      },
    };
  }
  return at(new Meter());
}
