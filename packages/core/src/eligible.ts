import type { Instance } from '@fairway/model';
import { UNKNOWN_LANE } from './lane-book.ts';
import { EMPTY_POOL, type Pool } from './pool.ts';
import type { Dice, RequestView } from './request-view.ts';
import { type CompiledRouteRule, drawDestination } from './route.ts';
import { isLaneDisabled, type Rules } from './rules.ts';
import type { Candidates, ServiceTable } from './service-table.ts';
import type { Trace } from './trace.ts';

/** A call that is about to be made. */
export interface Call {
  /** Lane of the request that it is made for; empty: base. */
  readonly lane: string;
  /** The call's own headers over the propagated inbound ones; `caller` is the calling service. */
  readonly request: RequestView;
}

/** Which instances may take a call, and why. */
export interface Eligible {
  readonly pool: Pool;
  /** Empty: the call fails with FAIRWAY_NO_INSTANCE. */
  readonly instances: readonly Instance[];
  /** `route:<name>`, `lane`, `fallback:<lane>`, `fallback:base`, `base` or `none`. */
  readonly reason: string;
  /** The lane that the call carries; empty once its lane is disabled. */
  readonly lane: string;
}

interface Found {
  readonly pool: Pool;
  readonly reason: string;
}

const NONE: Found = { pool: EMPTY_POOL, reason: 'none' };

/**
 * Decides which instances of a service may take a call (lane semantics, section 3). `port`: of the instances, see
 * `targetPort`. null: nothing is governed here, or no instance serves the port: the call is left as dialled.
 */
export function eligible(
  rules: Rules,
  table: ServiceTable,
  port: number,
  call: Call,
  dice: Dice,
  trace?: Trace,
): Eligible | null {
  if (!rules.enabled) return null;
  const candidates = table.onPort(port);
  if (!candidates) {
    trace?.({ step: 'port', taken: true, text: `no instance of ${table.key} serves port ${port}: left as dialled` });
    return null;
  }
  const lane = effectiveLane(rules, call.lane, trace);
  const { pool, reason } =
    routed(rules, table.key, candidates, call.request, dice, trace) ?? inLane(rules, candidates, lane, trace);
  return { pool, instances: pool.instances, reason, lane };
}

/** The lane that calls have from now on: base once the lane is disabled. */
export function effectiveLane(rules: Rules, lane: string, trace?: Trace): string {
  if (!isLaneDisabled(rules, lane)) return lane;
  trace?.({ step: 'lane', taken: false, text: `lane ${lane} is disabled: the call is a base call` });
  return '';
}

function routed(
  rules: Rules,
  service: string,
  candidates: Candidates,
  request: RequestView,
  dice: Dice,
  trace?: Trace,
): Found | undefined {
  const list = rules.routes.get(service);
  if (!list) return undefined;
  for (const rule of list) {
    const taken = rule.match(request);
    trace?.({ step: 'route', taken, text: `${rule.name} ${taken ? 'matches' : 'does not match'}` });
    if (taken) return followRule(rule, candidates, dice, trace);
  }
  return undefined;
}

function followRule(rule: CompiledRouteRule, candidates: Candidates, dice: Dice, trace?: Trace): Found | undefined {
  const destination = drawDestination(rule, dice);
  const pool = destination ? candidates.ofDestination(destination) : EMPTY_POOL;
  if (pool.healthy.length > 0) return { pool, reason: rule.reason };
  const where = destination ? `lane ${destination.lane || 'base'}` : 'any destination';
  const text = `no instance for ${where}; otherwise: ${rule.isFailing ? 'fail' : 'continue'}`;
  trace?.({ step: 'route', taken: false, text });
  return rule.isFailing ? NONE : undefined;
}

function inLane(rules: Rules, candidates: Candidates, lane: string, trace?: Trace): Found {
  const { fallback, isUnhealthyAbsent } = rules.lanes.get(lane) ?? UNKNOWN_LANE;
  if (lane !== '') {
    const pool = candidates.ofLane(lane);
    const taken = isUnhealthyAbsent ? pool.healthy.length > 0 : pool.instances.length > 0;
    trace?.({ step: 'lane', taken, text: `lane ${lane}: ${describe(pool)}` });
    if (taken) return { pool, reason: 'lane' };
    const fallen = alongChain(rules, candidates, fallback, trace);
    if (fallen) return fallen;
  }
  const pool = lane === '' || fallback.includes('') ? candidates.ofLane('') : EMPTY_POOL;
  const taken = pool.instances.length > 0;
  trace?.({ step: 'base', taken, text: taken ? `base: ${describe(pool)}` : 'no base instance may take it' });
  return taken ? { pool, reason: 'base' } : NONE;
}

function alongChain(rules: Rules, candidates: Candidates, chain: readonly string[], trace?: Trace): Found | undefined {
  for (const lane of chain) {
    if (isLaneDisabled(rules, lane)) continue;
    const pool = candidates.ofLane(lane);
    const taken = pool.healthy.length > 0;
    trace?.({ step: 'fallback', taken, text: `${lane || 'base'}: ${describe(pool)}` });
    if (taken) return { pool, reason: `fallback:${lane || 'base'}` };
  }
  return undefined;
}

function describe({ instances, healthy }: Pool): string {
  const ejected = instances.length - healthy.length;
  const count = `${instances.length} ${instances.length === 1 ? 'instance' : 'instances'}`;
  return ejected > 0 ? `${count}, ${ejected} of them ejected` : count;
}

/** What a call that no instance may take fails with, in words. */
export function noInstanceMessage(service: string, lane: string, why: string): string {
  return `no instance of ${service} may take a call in lane ${lane || 'base'}: ${why}`;
}
