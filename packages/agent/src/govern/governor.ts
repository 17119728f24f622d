import { AsyncResource } from 'node:async_hooks';
import type { Dice, RequestView, TrafficMeter } from '@fairway/core';
import { type AppSpans, CLIENT_SPAN, instanceAttributes, SERVER_SPAN } from '../trace/app-spans.ts';
import type { Tracing } from '../trace/tracing.ts';
import { createAddressTexts } from './address-text.ts';
import { Contexts } from './contexts.ts';
import type { FirstCalls } from './first-call.ts';
import { type Context, type ContextEvents, contextOf } from './inbound.ts';
import { Meter } from './meter.ts';
import { decideCall, type OutboundCall, type Verdict } from './outbound.ts';
import { LEAVE, type PassReason } from './pass.ts';
import type { Plan } from './plan.ts';
import type { Route } from './route.ts';
import { Served } from './served.ts';

/** What the interception asks: it knows nothing of lanes, and this nothing of Node.js's HTTP. */
export interface Governor {
  readonly contexts: Contexts;
  /** What this process is asked is told here. */
  readonly served: Served;
  /** The spans of the application's own OpenTelemetry. */
  readonly spans: AppSpans;
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
  readonly spans: AppSpans;
  readonly tracing: Pick<Tracing, 'follow' | 'sample'>;
}

/** Creates the governor of this thread. */
export function createGovernor(deps: GovernorDeps): Governor {
  const { plan, isAside, isLearning, firstCalls, dice, spans } = deps;
  const served = new Served(deps.meter, () => plan()?.self.lane ?? '');
  const contexts = new Contexts();
  const addressText = createAddressTexts();
  let droppedLabels = 0;
  const events: ContextEvents = {
    dropped() {
      droppedLabels++;
    },
    follow: deps.tracing.follow,
    sample: (request, points) => (spans.isTraced ? undefined : deps.tracing.sample(request, points)),
    decided(lane, reason) {
      if (spans.isThere) spans.decided(SERVER_SPAN, { 'fairway.lane': lane || 'base', 'fairway.reason': reason });
    },
  };
  const settled = (verdict: Verdict): Decided => (verdict.kind === 'unknown' ? LEAVE['not-answered'] : verdict);

  function judge(call: OutboundCall): Verdict {
    const now = plan();
    if (!now && isAside()) return LEAVE.memory;
    const address = addressText(call.host, call.port);
    const verdict = decideCall(now, address, deps.serviceAt(address), call, contexts.getStore(), dice);
    if (verdict.kind === 'send' && spans.isThere) markCall(verdict.route);
    return verdict;
  }

  function markCall(route: Route): void {
    const { service, instance, lane, reason } = route.way;
    const decision = { 'fairway.service': service, 'fairway.lane': lane || 'base', 'fairway.reason': reason };
    route.watchedBy(spans.decided(CLIENT_SPAN, { ...decision, ...instanceAttributes(instance) }));
  }

  function at(meter: Meter): Governor {
    const judged = (call: OutboundCall) => (meter.isDue() ? meter.time(() => judge(call)) : judge(call));
    const contextAt = (request: RequestView, now: Plan | undefined) =>
      now ? contextOf(now, request, dice, events) : isLearning() ? { lane: undefined, request } : undefined;
    return {
      contexts,
      served,
      spans,
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
