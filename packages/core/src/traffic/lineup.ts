import type { Instance } from '@fairway/model';
import { type Algorithm, type Contender, type Contest, draw, RANDOM } from '../balance/choice.ts';
import { Hash } from '../balance/hash.ts';
import { P2C } from '../balance/p2c.ts';
import type { PeakEwma } from '../balance/peak-ewma.ts';
import { RoundRobin } from '../balance/round-robin.ts';
import type { BalancePolicy, ServicePolicy } from '../policy.ts';
import type { Pool } from '../pool.ts';
import type { Dice, RequestView } from '../request-view.ts';
import type { Peer } from './peer.ts';

/** While something warms up, weights are computed this many times within its duration, but not more often than each `MIN`. */
const STEPS = 400;
const MIN_STEP_MS = 10;

/** An instance of a pool beside what the caller knows of it. */
class Entrant implements Contender {
  readonly instance: Instance;
  readonly peer: Peer;

  constructor(instance: Instance, peer: Peer) {
    this.instance = instance;
    this.peer = peer;
  }

  get id(): string {
    return this.instance.id;
  }

  get latency(): PeakEwma {
    return this.peer.latency;
  }

  get inFlight(): number {
    return this.peer.inFlight;
  }
}

/** What lineups are made by. */
export interface LineupOptions {
  readonly policy: ServicePolicy;
  /** Zone of the caller. */
  readonly zone: string | undefined;
  readonly dice: Dice;
  peerOf(instance: Instance): Peer;
}

/** A pool as one caller balances over it. Made anew when the pool, a standing or the policy changes. */
export class Lineup implements Contest {
  readonly contenders: readonly Entrant[];
  readonly weights: Float64Array;
  sums: Float64Array | undefined;
  version = 0;
  readonly #probing: readonly Entrant[];
  readonly #policy: ServicePolicy;
  readonly #algorithm: Algorithm;
  #refreshAtMs = 0;

  constructor(pool: Pool, options: LineupOptions, nowMs: number) {
    this.#policy = options.policy;
    const all = pool.preferred.map((instance) => new Entrant(instance, options.peerOf(instance)));
    const sure = all.filter(({ peer }) => peer.health.standing !== 'probing');
    this.#probing = sure.length < all.length && sure.length > 0 ? all.filter((one) => !sure.includes(one)) : [];
    this.contenders = nearest(sure.length > 0 ? sure : all, options);
    this.weights = new Float64Array(this.contenders.length);
    this.#weigh(nowMs);
    this.#algorithm = algorithmFor(options.policy.balance, this, options.dice);
  }

  /** undefined: there is nobody. */
  choose(request: RequestView, dice: Dice, nowMs: number): Instance | undefined {
    const { contenders } = this;
    if (contenders.length < 2 && this.#probing.length === 0) return contenders[0]?.instance;
    if (nowMs >= this.#refreshAtMs) this.#weigh(nowMs);
    const probe = this.#probing.length > 0 ? this.#dueProbe(nowMs) : undefined;
    return probe ?? contenders[this.#algorithm.choose(this, request, dice, nowMs)]?.instance;
  }

  #dueProbe(nowMs: number): Instance | undefined {
    return this.#probing.find(({ peer }) => peer.health.isProbeDue(this.#policy.outlier, nowMs))?.instance;
  }

  /** One that was not tried in vain, by weight; undefined: none is left here. */
  chooseOther(tried: ReadonlySet<string>, dice: Dice): Instance | undefined {
    const left = this.contenders.flatMap(({ id }, i) => (tried.has(id) ? [] : [i]));
    if (left.length === 0) return undefined;
    const weights = runningSums(left.map((i) => this.weights[i] as number));
    const contenders = left.map((i) => this.contenders[i] as Entrant);
    return contenders[draw({ contenders, weights, sums: weights, version: 0 }, dice)]?.instance;
  }

  #weigh(nowMs: number): void {
    const { contenders, weights } = this;
    const policy = this.#policy;
    contenders.forEach(({ peer }, i) => {
      weights[i] = peer.weightAt(policy, nowMs);
    });
    const best = weights.reduce((a, b) => Math.max(a, b), 0);
    for (let i = 0; i < weights.length; i++) weights[i] = best > 0 ? (weights[i] as number) / best : 1;
    this.sums = weights.every((weight) => weight === 1) ? undefined : runningSums(weights);
    this.version += 1;
    const isWarming = contenders.some(({ peer }) => peer.isWarming(policy, nowMs));
    const stepMs = Math.max(MIN_STEP_MS, policy.warmup.durationMs / STEPS);
    this.#refreshAtMs = isWarming ? nowMs + stepMs : Number.POSITIVE_INFINITY;
  }
}

function runningSums(weights: ArrayLike<number>): Float64Array {
  let sum = 0;
  return Float64Array.from(weights, (weight) => {
    sum += weight;
    return sum;
  });
}

/** Those of the caller's zone where they are enough. */
function nearest(entrants: readonly Entrant[], { policy, zone }: LineupOptions): readonly Entrant[] {
  const { zoneShare } = policy.balance;
  if (zoneShare === undefined || !zone) return entrants;
  const local = entrants.filter(({ instance }) => instance.zone === zone);
  return local.length > 0 && local.length >= zoneShare * entrants.length ? local : entrants;
}

function algorithmFor({ algorithm, hashBy }: BalancePolicy, contest: Contest, dice: Dice): Algorithm {
  if (algorithm === 'roundRobin') return new RoundRobin(contest, dice);
  if (algorithm === 'hash') return hashBy === undefined ? RANDOM : new Hash(hashBy, contest);
  return algorithm === 'random' ? RANDOM : P2C;
}
