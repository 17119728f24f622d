import type { CallPhase, Instance } from '@fairway/model';
import type { EjectionCause } from '../health/health.ts';
import { Outliers, type ReturnCause } from '../health/outliers.ts';
import { policyOf, type ServicePolicy } from '../policy.ts';
import type { Pool } from '../pool.ts';
import type { Dice, RequestView } from '../request-view.ts';
import { mayRetry } from '../retry.ts';
import type { Rules } from '../rules.ts';
import { compileService, type ServiceTable } from '../service-table.ts';
import { Flight, type FlightLog } from './flight.ts';
import { left } from './leaving.ts';
import { Lineup, type LineupOptions } from './lineup.ts';
import { Peer } from './peer.ts';

/** An instance was taken out of its lane's traffic, or is back with its whole share. */
export interface HealthEvent {
  readonly instance: Instance;
  readonly what: 'ejected' | 'returned';
  readonly cause: EjectionCause | ReturnCause;
  /** Calls of this caller that are under way on it. */
  readonly inFlight: number;
  readonly atMs: number;
}

/** What the control plane says of a service, as its callers need it. */
export interface ServiceView {
  readonly rules: Rules;
  /** All that the directory has of the service. */
  readonly instances: readonly Instance[];
  /** Zone of the caller. */
  readonly zone?: string | undefined;
}

export interface TrafficOptions {
  readonly dice: Dice;
  readonly onEvent?: ((event: HealthEvent) => void) | undefined;
}

/**
 * All that one caller process learns from its calls to one service, and what it decides by it: which instance takes a
 * call, which are out for a while, whether there may be a retry. Every `nowMs` is of one monotonic clock.
 *
 *     table(now) -> eligible(…) -> pick(pool, …) -> begin(instance, …) -> answered / failed / abandoned -> ended
 */
export class ServiceTraffic implements FlightLog {
  readonly key: string;
  readonly #options: TrafficOptions;
  readonly #outliers: Outliers<Peer>;
  readonly #lineup: { -readonly [K in keyof LineupOptions]: LineupOptions[K] };
  readonly #peers = new Map<string, Peer>();
  #view: ServiceView;
  #lineups = new WeakMap<Pool, Lineup>();
  #table: ServiceTable;
  /** When something changes without a call. */
  #dueMs = 0;
  #isStale = false;
  #underWay = 0;
  #retrying = 0;

  /** `key`: the service in full. */
  constructor(key: string, options: TrafficOptions, view: ServiceView, nowMs: number) {
    this.key = key;
    this.#options = options;
    this.#view = view;
    const policy = policyOf(view.rules.policies, key);
    this.#lineup = { policy, zone: view.zone, dice: options.dice, peerOf: (instance) => this.#peerOf(instance) };
    this.#outliers = new Outliers(policy.outlier, nowMs, (peer, cause, atMs) => this.#changed(peer, cause, atMs));
    this.#table = this.configure(view, nowMs);
  }

  /** Calls under way. */
  get underWay(): number {
    return this.#underWay;
  }

  get policy(): ServicePolicy {
    return this.#lineup.policy;
  }

  /** Takes what the control plane says now. What was learnt of instances that are still there is kept. */
  configure(view: ServiceView, nowMs: number): ServiceTable {
    this.#view = view;
    this.#lineup.policy = policyOf(view.rules.policies, this.key);
    this.#lineup.zone = view.zone;
    const known = new Set<string>();
    for (const instance of view.instances) {
      known.add(instance.id);
      const peer = this.#peers.get(instance.id);
      if (peer) peer.update(instance, nowMs);
      else this.#peers.set(instance.id, new Peer(instance, nowMs));
    }
    for (const id of this.#peers.keys()) if (!known.has(id)) this.#forget(id);
    return this.#compile(nowMs);
  }

  #forget(id: string): void {
    const peer = this.#peers.get(id);
    if (peer) peer.instance = { ...peer.instance, state: 'gone' };
    this.#peers.delete(id);
  }

  /** The instances by which calls are decided now: those that are out are ejected, those that leave are draining. */
  table(nowMs: number): ServiceTable {
    if (nowMs >= this.#dueMs) this.#advance(nowMs);
    return this.#isStale ? this.#compile(nowMs) : this.#table;
  }

  #advance(nowMs: number): void {
    this.#outliers.advance(nowMs);
    for (const peer of this.#peers.values()) {
      if (peer.leavingUntilMs === 0 || peer.leavingUntilMs > nowMs) continue;
      peer.leavingUntilMs = 0;
      this.#isStale = true;
    }
    this.#dueMs = this.#nextDue(nowMs);
  }

  #compile(nowMs: number): ServiceTable {
    const instances = left(this.#view.instances, ({ id }) => (this.#peers.get(id)?.leavingUntilMs ?? 0) > nowMs);
    this.#outliers.regroup(this.policy.outlier, this.#groups(instances), nowMs);
    const marked = instances.map((instance) => this.#marked(instance));
    this.#table = compileService(this.#view.rules, this.key, marked);
    this.#lineups = new WeakMap();
    this.#isStale = false;
    this.#dueMs = this.#nextDue(nowMs);
    return this.#table;
  }

  /** The ready ones of each lane. */
  #groups(instances: readonly Instance[]): Peer[][] {
    const lanes = new Map<string, Peer[]>();
    for (const { id, state, lane = '' } of instances) {
      const peer = state === 'ready' ? this.#peers.get(id) : undefined;
      if (!peer) continue;
      const group = lanes.get(lane);
      if (group) group.push(peer);
      else lanes.set(lane, [peer]);
    }
    return [...lanes.values()];
  }

  #marked(instance: Instance): Instance {
    const isOut = instance.state === 'ready' && this.#peers.get(instance.id)?.health.standing === 'out';
    return isOut ? { ...instance, ejected: true } : instance;
  }

  #nextDue(nowMs: number): number {
    let due = this.#outliers.dueMs;
    for (const { leavingUntilMs } of this.#peers.values()) {
      if (leavingUntilMs > nowMs && leavingUntilMs < due) due = leavingUntilMs;
    }
    return due;
  }

  /**
   * The instance of an eligible set that takes a call. `tried`: ids of those that were tried in vain. undefined: none is
   * left.
   */
  pick(pool: Pool, request: RequestView, nowMs: number, tried?: ReadonlySet<string>): Instance | undefined {
    let lineup = this.#lineups.get(pool);
    if (!lineup) {
      lineup = new Lineup(pool, this.#lineup, nowMs);
      this.#lineups.set(pool, lineup);
    }
    if (!tried || tried.size === 0) return lineup.choose(request, this.#options.dice, nowMs);
    return lineup.chooseOther(tried, this.#options.dice) ?? pool.instances.find(({ id }) => !tried.has(id));
  }

  /** A call goes out to an instance of an eligible set. */
  begin(instance: Instance, pool: Pool, nowMs: number, isRetry = false): Flight {
    const peer = this.#peerOf(instance);
    peer.pool = pool;
    peer.inFlight += 1;
    this.#underWay += 1;
    if (isRetry) this.#retrying += 1;
    const flight = new Flight(this, peer, peer.phase(this.policy, nowMs), nowMs, isRetry);
    if (flight.isProbe) peer.health.beginProbe(nowMs);
    return flight;
  }

  /** Whether the budget has room for one more retry. */
  mayRetry(): boolean {
    return mayRetry(this.policy.retry.budget, this.#underWay, this.#retrying);
  }

  /** An instance told of its end itself: no new calls, while others are left in its lane, until the directory says more or for a minute. */
  leaving(id: string, nowMs: number): void {
    const peer = this.#peers.get(id);
    if (peer?.instance.state !== 'ready' || peer.leavingUntilMs > nowMs) return;
    peer.leave(nowMs);
    this.#isStale = true;
  }

  /** How an instance is known to be at this moment. */
  phase(instance: Instance, nowMs: number): CallPhase {
    return this.#peers.get(instance.id)?.phase(this.policy, nowMs) ?? 'gone';
  }

  judged({ peer, begunMs }: Flight, status: number | undefined, nowMs: number): void {
    const latencyMs = nowMs - begunMs;
    const { outlier } = this.policy;
    const isFailure = status === undefined || outlier.isFailure(status);
    if (!isFailure) peer.latency.observe(latencyMs, nowMs);
    this.#outliers.observe(peer, isFailure, latencyMs, begunMs, nowMs);
  }

  failedAfterAll({ peer, begunMs }: Flight, nowMs: number): void {
    this.#outliers.observe(peer, true, 0, begunMs, nowMs, true);
  }

  landed({ peer, isRetry, isProbe }: Flight): void {
    peer.inFlight -= 1;
    this.#underWay -= 1;
    if (isRetry) this.#retrying -= 1;
    if (isProbe) peer.health.endProbe();
  }

  /** One that the directory has no more is known by what it was. */
  #peerOf(instance: Instance): Peer {
    return this.#peers.get(instance.id) ?? new Peer(instance, 0);
  }

  #changed(peer: Peer, cause: EjectionCause | ReturnCause | undefined, atMs: number): void {
    this.#isStale = true;
    this.#lineups = new WeakMap();
    if (!cause) return;
    const what = peer.health.standing === 'out' ? 'ejected' : 'returned';
    this.#options.onEvent?.({ instance: peer.instance, what, cause, inFlight: peer.inFlight, atMs });
  }
}
