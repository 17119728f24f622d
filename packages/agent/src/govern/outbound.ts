import {
  callView,
  type Dice,
  type Eligible,
  effectiveLane,
  eligible,
  type HeaderEdit,
  isInternalHost,
  noInstanceMessage,
  type Pool,
  pick,
  policyOf,
  type RequestView,
  type Rules,
  type ServiceTable,
  sentHeaders,
  targetPort,
} from '@fairway/core';
import { FairwayError, type Instance } from '@fairway/model';
import { type Context, laneIn } from './inbound.ts';
import { LEAVE, type Leave } from './pass.ts';
import type { Plan } from './plan.ts';

/** A call as the application made it. `host` without brackets; `port` with the default of its scheme. */
export interface OutboundCall {
  readonly host: string;
  readonly port: number;
  readonly request: RequestView;
}

/** Where an instance is connected to. */
export interface Target {
  readonly host: string;
  readonly port: number;
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

/** The instance that takes a call, and others for when it refuses the connection. */
export interface Route {
  readonly target: Target;
  /** Another instance after a refused connection; undefined: none is left, or no more are to be tried. */
  next(): Target | undefined;
}

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
  if (service === null) return ungoverned(plan, call, context, dice);
  const table = plan.tables.get(service);
  return table ? governed(plan, table, address, call, context, dice) : LEAVE['no-port'];
}

function ungoverned(plan: Plan, { host, request }: OutboundCall, context: Context | undefined, dice: Dice): Verdict {
  if (!isInternalHost(plan.rules, host)) return LEAVE['unknown-host'];
  const lane = effectiveLane(plan.rules, laneIn(plan, context, dice));
  const headers = sentHeaders(plan.rules, lane, context?.request, request);
  return headers.length === 0 ? LEAVE['unknown-host'] : { kind: 'label', headers };
}

function governed(
  plan: Plan,
  table: ServiceTable,
  address: string,
  { port, request }: OutboundCall,
  context: Context | undefined,
  dice: Dice,
): Verdict {
  const { rules } = plan;
  const lane = laneIn(plan, context, dice);
  const toPort = targetPort(rules, table.key, port);
  const view = callView(rules, request, context?.request);
  const set = eligible(rules, table, toPort, { lane, request: view }, dice);
  if (!set) return LEAVE['no-port'];
  const first = dialledInstance(table, address, set) ?? pick(set.pool, dice);
  if (!first) return { kind: 'refuse', error: noInstance(table.key, set, toPort) };
  const headers = sentHeaders(rules, set.lane, context?.request, request);
  return { kind: 'send', headers, route: new PickedRoute(rules, table.key, set.pool, first, toPort, dice) };
}

/** The instance that the application dialled itself, where it may take the call and is well. */
function dialledInstance(table: ServiceTable, address: string, { pool }: Eligible): Instance | undefined {
  const dialled = table.byAddress(address);
  return dialled && pool.preferred.includes(dialled) ? dialled : undefined;
}

/** A class, because one is made for each call: what only a refused connection needs is made then. */
class PickedRoute implements Route {
  readonly target: Target;
  readonly #rules: Rules;
  readonly #service: string;
  readonly #pool: Pool;
  readonly #first: Instance;
  readonly #dice: Dice;
  #tried: Set<string> | undefined;

  constructor(rules: Rules, service: string, pool: Pool, first: Instance, port: number, dice: Dice) {
    this.target = { host: first.host, port };
    this.#rules = rules;
    this.#service = service;
    this.#pool = pool;
    this.#first = first;
    this.#dice = dice;
  }

  next(): Target | undefined {
    this.#tried ??= new Set([this.#first.id]);
    if (this.#tried.size > policyOf(this.#rules.policies, this.#service).failover.attempts) return undefined;
    const other = pick(this.#pool, this.#dice, this.#tried);
    if (!other) return undefined;
    this.#tried.add(other.id);
    return { host: other.host, port: this.target.port };
  }
}

function noInstance(service: string, { lane }: Eligible, port: number): Error {
  const why = `none that is ready serves port ${port} there or where the lane falls back to`;
  return new FairwayError('FAIRWAY_NO_INSTANCE', noInstanceMessage(service, lane, why));
}
