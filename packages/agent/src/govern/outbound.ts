import {
  callView,
  DEADLINE_HEADER,
  type Dice,
  deadlineHeader,
  type Eligible,
  effectiveLane,
  eligible,
  type HeaderEdit,
  isInternalHost,
  noInstanceMessage,
  type RequestView,
  sentHeaders,
  targetPort,
  timeLeftMs,
} from '@fairway/core';
import { FairwayError, type Instance } from '@fairway/model';
import { nowMs } from '../clock.ts';
import { withoutFollow } from '../trace/trace-carrier.ts';
import type { TracedCall } from '../trace/traced-request.ts';
import type { Callee } from './callee.ts';
import { type Context, laneIn } from './inbound.ts';
import { LEAVE, type Leave } from './pass.ts';
import type { Plan } from './plan.ts';
import { Route, timedOut } from './route.ts';

/** A call as the application made it. `host` without brackets; `port` with the default of its scheme. */
export interface OutboundCall {
  readonly host: string;
  readonly port: number;
  readonly request: RequestView;
}

/** What becomes of a call. */
export type Verdict =
  | Leave
  /** As dialled, with these headers: a host that is not governed and may see labels. */
  | { readonly kind: 'label'; readonly headers: readonly HeaderEdit[] }
  | { readonly kind: 'send'; readonly headers: readonly HeaderEdit[]; readonly route: Route }
  | { readonly kind: 'refuse'; readonly error: Error }
  /** What the address means is not known yet: it may be asked for, and decided again. */
  | { readonly kind: 'unknown'; readonly address: string };

/**
 * Decides one call. `address`: `host:port` as dialled, in lower case. `service`: what that means: a service, null for none,
 * undefined for unknown.
 */
export function decideCall(
  plan: Plan | undefined,
  address: string,
  service: string | null | undefined,
  call: OutboundCall,
  context: Context | undefined,
  dice: Dice,
): Verdict {
  if (plan && !plan.rules.enabled) return LEAVE.off;
  if (service === undefined) return { kind: 'unknown', address };
  if (!plan) return LEAVE['no-plan'];
  if (context?.traced !== undefined) return tracedCall(plan, address, service, call, context, dice);
  if (service === null) return ungoverned(plan, call, context, dice);
  const callee = plan.callees.get(service);
  return callee ? governed(plan, callee, address, call, context, dice) : LEAVE['no-port'];
}

/** The same for a request whose trace goes on, or that asked in vain to be followed. */
function tracedCall(
  plan: Plan,
  address: string,
  service: string | null,
  call: OutboundCall,
  context: Context,
  dice: Dice,
): Verdict {
  const { traced } = context;
  const watch = traced?.calling(call.request);
  const callee = service === null ? undefined : plan.callees.get(service);
  const verdict = callee
    ? governed(plan, callee, address, call, context, dice, watch)
    : service === null
      ? ungoverned(plan, call, context, dice)
      : LEAVE['no-port'];
  if (verdict.kind === 'leave') watch?.passed(address, laneIn(plan, context, dice), verdict.reason);
  if (verdict.kind === 'label') watch?.passed(address, laneIn(plan, context, dice), 'internal-host');
  if (verdict.kind !== 'send' && verdict.kind !== 'label') return verdict;
  const edits = watch?.edits() ?? (traced ? traced.edits(call.request) : withoutFollow(call.request));
  return edits.length === 0 ? verdict : { ...verdict, headers: [...verdict.headers, ...edits] };
}

function ungoverned(plan: Plan, { host, request }: OutboundCall, context: Context | undefined, dice: Dice): Verdict {
  if (!isInternalHost(plan.rules, host)) return LEAVE['unknown-host'];
  const lane = effectiveLane(plan.rules, laneIn(plan, context, dice));
  const headers = sentHeaders(plan.rules, lane, context?.request, request);
  return headers.length === 0 ? LEAVE['unknown-host'] : { kind: 'label', headers };
}

function governed(
  plan: Plan,
  callee: Callee,
  address: string,
  { port, request }: OutboundCall,
  context: Context | undefined,
  dice: Dice,
  watch?: TracedCall,
): Verdict {
  const { rules } = plan;
  const { traffic } = callee;
  const atMs = nowMs();
  const table = callee.table(atMs);
  const toPort = targetPort(rules, table.key, port);
  const view = callView(rules, request, context?.request);
  const set = eligible(rules, table, toPort, { lane: laneIn(plan, context, dice), request: view }, dice, watch?.step);
  if (!set) return LEAVE['no-port'];
  watch?.decided(table.key, set);
  const { pool } = set;
  const first = dialledInstance(callee, address, set, atMs) ?? traffic.pick(pool, view, atMs);
  if (!first) {
    callee.edges.ended(null, set, view.url, 'none', 0);
    watch?.over('none', 0, atMs);
    return { kind: 'refuse', error: noInstance(table.key, set, toPort) };
  }
  const { timeout } = traffic.policy;
  const limitMs = timeLeftMs(timeout, context?.deadlineMs, atMs);
  if (limitMs === 0) {
    callee.edges.ended(null, set, view.url, 'timeout', 0);
    watch?.over('timeout', 0, atMs);
    return { kind: 'refuse', error: timedOut(table.key, first.id, 0) };
  }
  watch?.begin(first, atMs);
  const headers = sentHeaders(rules, set.lane, context?.request, request);
  const deadline = limitMs === undefined ? undefined : deadlineHeader(timeout, limitMs);
  return {
    kind: 'send',
    headers: deadline === undefined ? headers : [...headers, [DEADLINE_HEADER, deadline]],
    route: new Route({ callee, set, first, port: toPort, request: view, dice, atMs, limitMs, watch }),
  };
}

/** The instance that the application dialled itself, where it may take the call and is well. */
function dialledInstance(callee: Callee, address: string, { pool }: Eligible, atMs: number): Instance | undefined {
  const dialled = callee.table(atMs).byAddress(address);
  if (!dialled || !pool.preferred.includes(dialled)) return undefined;
  return callee.traffic.phase(dialled, atMs) === 'ejected' ? undefined : dialled;
}

function noInstance(service: string, { lane }: Eligible, port: number): Error {
  const why = `none that is ready serves port ${port} there or where the lane falls back to`;
  return new FairwayError('FAIRWAY_NO_INSTANCE', noInstanceMessage(service, lane, why));
}
