import { type Dice, inboundLane, type RequestView } from '@fairway/core';
import type { Plan } from './plan.ts';

/** What the calls made for an inbound request need to know of it. */
export interface Context {
  /** Empty: base. undefined: the request came before there were rules, and its lane is decided at its first call. */
  lane: string | undefined;
  /** The request, where headers of it may have to be passed on, or its lane is not decided yet. */
  request: RequestView | undefined;
}

/**
 * The context of an inbound request. undefined: it carries nothing that a call made without any context would not have
 * too, and is spared one. In an instance with a lane of its own, work without a context has that lane, so there each
 * request gets a context. `isLearning`: there may be a plan soon. `onDropped` is told of a label that counts as not set.
 */
export function contextOf(
  plan: Plan | undefined,
  request: RequestView,
  dice: Dice,
  isLearning: boolean,
  onDropped?: () => void,
): Context | undefined {
  if (!plan) return isLearning ? { lane: undefined, request } : undefined;
  if (!plan.rules.enabled) return undefined;
  const { lane, dropped } = inboundLane(plan.rules, plan.self, request, dice);
  if (dropped) onDropped?.();
  const { propagate } = plan.rules;
  const passesOn = propagate.some((name) => request.header(name) !== undefined);
  if (lane === '' && !passesOn && plan.self.lane === '') return undefined;
  return { lane, request: passesOn ? request : undefined };
}

/** The lane of the work that runs in a context, decided now if it was not. */
export function laneIn(plan: Plan, context: Context | undefined, dice: Dice): string {
  if (!context) return plan.ambientLane;
  if (context.lane === undefined && context.request) {
    const decided = contextOf(plan, context.request, dice, false);
    context.lane = decided?.lane ?? '';
    context.request = decided?.request;
  }
  return context.lane ?? '';
}
