import { DEADLINE_HEADER, type Dice, deadlineOf, inboundLane, type RequestView } from '@fairway/core';
import { nowMs } from '../clock.ts';
import type { Plan } from './plan.ts';

/** What the calls made for an inbound request need to know of it. */
export interface Context {
  /** Empty: base. undefined: the request came before there were rules, and its lane is decided at its first call. */
  lane: string | undefined;
  /** The request, where headers of it may have to be passed on, or its lane is not decided yet. */
  request: RequestView | undefined;
  /** When the request must be answered, by the clock of this process; undefined: it does not say. */
  deadlineMs?: number | undefined;
}

/**
 * The context of an inbound request. undefined: it carries nothing that a call made without any context would not have
 * too, and is spared one: such calls have the lane of the instance. `onDropped` is told of a label that counts as not set.
 */
export function contextOf(plan: Plan, request: RequestView, dice: Dice, onDropped?: () => void): Context | undefined {
  if (!plan.rules.enabled) return undefined;
  const { lane, dropped } = inboundLane(plan.rules, plan.self, request, dice);
  if (dropped) onDropped?.();
  const { propagate } = plan.rules;
  const passesOn = propagate.length > 0 && propagate.some((name) => request.header(name) !== undefined);
  const deadline = request.header(DEADLINE_HEADER);
  const kept = passesOn ? request : undefined;
  if (deadline !== undefined) return { lane, request: kept, deadlineMs: deadlineOf(deadline, nowMs()) };
  return lane === plan.self.lane && !passesOn ? undefined : { lane, request: kept };
}

/** The lane of the work that runs in a context, decided now if it was not. */
export function laneIn(plan: Plan, context: Context | undefined, dice: Dice): string {
  if (!context) return plan.ambientLane;
  if (context.lane === undefined && context.request) {
    const decided = contextOf(plan, context.request, dice);
    context.lane = decided ? decided.lane : plan.ambientLane;
    context.request = decided?.request;
    context.deadlineMs = decided?.deadlineMs;
  }
  return context.lane ?? '';
}
