import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { Dice, RequestView } from '@fairway/core';
import type { FirstCalls } from './first-call.ts';
import { type Context, contextOf } from './inbound.ts';
import { decideCall, type OutboundCall, type Verdict } from './outbound.ts';
import type { Plan } from './plan.ts';

/** What the interception asks: it knows nothing of lanes, and this nothing of Node.js's HTTP. */
export interface Governor {
  /** Which request the running code works for. */
  readonly contexts: AsyncLocalStorage<Context | undefined>;
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
}

/** A verdict that stands. */
export type Decided = Exclude<Verdict, { kind: 'unknown' }>;

/** Where the governor finds what it decides by. */
export interface GovernorDeps {
  plan(): Plan | undefined;
  serviceAt(address: string): string | null | undefined;
  /** Whether there may be a plan soon. */
  isLearning(): boolean;
  readonly firstCalls: FirstCalls;
  readonly dice: Dice;
}

const LEAVE: Decided = Object.freeze({ kind: 'leave' });

/** Creates the governor of this thread. */
export function createGovernor({ plan, serviceAt, isLearning, firstCalls, dice }: GovernorDeps): Governor {
  const contexts = new AsyncLocalStorage<Context | undefined>();
  const decide = (call: OutboundCall) => decideCall(plan(), serviceAt, call, contexts.getStore(), dice);
  let droppedLabels = 0;
  const onDropped = () => {
    droppedLabels++;
  };
  const settled = (verdict: Verdict): Decided => (verdict.kind === 'unknown' ? LEAVE : verdict);
  return {
    contexts,
    decide,
    get droppedLabels() {
      return droppedLabels;
    },
    inbound: (request) => contextOf(plan(), request, dice, isLearning(), onDropped),
    outbound(call, resume) {
      const verdict = decide(call);
      if (verdict.kind !== 'unknown') return verdict;
      const later = AsyncResource.bind(() => resume(settled(decide(call))));
      return firstCalls.hold(verdict.address, later) ? 'held' : LEAVE;
    },
  };
}
