import { type Dice, inboundLane, type RequestView } from '@fairway/core';
import type { Plan } from './plan.ts';

/** What the calls made for an inbound request need to know of it. */
export interface Context {
  /** Empty: base. */
  readonly lane: string;
  /** The request, where headers of it may have to be passed on. */
  readonly request: RequestView | undefined;
}

/**
 * The context of an inbound request. undefined: it carries nothing that a call made without any context would not have
 * too, and is spared one. In an instance with a lane of its own, work without a context has that lane, so there each
 * request gets a context.
 */
export function contextOf(plan: Plan | undefined, request: RequestView, dice: Dice): Context | undefined {
  if (!plan?.rules.enabled) return undefined;
  const { lane } = inboundLane(plan.rules, plan.self, request, dice);
  const { propagate } = plan.rules;
  const passesOn = propagate.some((name) => request.header(name) !== undefined);
  if (lane === '' && !passesOn && plan.self.lane === '') return undefined;
  return { lane, request: passesOn ? request : undefined };
}
