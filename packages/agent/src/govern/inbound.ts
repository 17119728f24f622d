import { DEADLINE_HEADER, type Dice, deadlineOf, FOLLOW_HEADER, inboundLane, type RequestView } from '@fairway/core';
import { nowMs } from '../clock.ts';
import type { TracedRequest } from '../trace/traced-request.ts';
import type { Plan } from './plan.ts';

/** What the calls made for an inbound request need to know of it. */
export interface Context {
  /** Empty: base. undefined: the request came before there were rules, and its lane is decided at its first call. */
  lane: string | undefined;
  /** The request, where headers of it may have to be passed on, or its lane is not decided yet. */
  request: RequestView | undefined;
  /** When the request must be answered, by the clock of this process; undefined: it does not say. */
  deadlineMs?: number | undefined;
  /** Its trace; null: it asks to be followed, and is not believed: its header is not passed on. */
  traced?: TracedRequest | null | undefined;
}

/** What is told of requests whose context is made. */
export interface ContextEvents {
  /** A label counts as not set. */
  dropped(): void;
  /** Its lane is decided. */
  decided(lane: string, reason: string): void;
  /** A header asks for a request to be followed. null: it is not. */
  follow(header: string, request: RequestView): TracedRequest | null;
  /** So many of its lane are to be written down, in points. undefined: the application does that itself. */
  sample(request: RequestView, points: number): TracedRequest | undefined;
}

/**
 * The context of an inbound request. undefined: it carries nothing that a call made without any context would not have
 * too, and is spared one: such calls have the lane of the instance.
 */
export function contextOf(plan: Plan, request: RequestView, dice: Dice, events?: ContextEvents): Context | undefined {
  if (!plan.rules.enabled) return undefined;
  const asked = request.header(FOLLOW_HEADER);
  let traced = asked === undefined ? undefined : events?.follow(asked, request);
  const { lane, reason, dropped } = inboundLane(plan.rules, plan.self, request, dice, traced?.step);
  if (plan.rules.traces && !traced) traced = events?.sample(request, plan.rules.traces.pointsOf(lane)) ?? traced;
  traced?.decided(lane, reason);
  events?.decided(lane, reason);
  if (dropped) events?.dropped();
  const { propagate } = plan.rules;
  const passesOn = propagate.length > 0 && propagate.some((name) => request.header(name) !== undefined);
  const deadline = request.header(DEADLINE_HEADER);
  const kept = passesOn ? request : undefined;
  const deadlineMs = deadline === undefined ? undefined : deadlineOf(deadline, nowMs());
  if (traced !== undefined) return { lane, request: kept, deadlineMs, traced };
  if (deadline !== undefined) return { lane, request: kept, deadlineMs };
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
