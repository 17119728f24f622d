import type { Instance } from '@fairway/model';
import { eligible } from '../eligible.ts';
import { groupBy } from '../group-by.ts';
import { maxOut } from '../health/outliers.ts';
import type { Dice } from '../request-view.ts';
import type { Rules } from '../rules.ts';
import type { Flight } from '../traffic/flight.ts';
import { type HealthEvent, ServiceTraffic } from '../traffic/service-traffic.ts';
import type { EventQueue } from './event-queue.ts';
import type { Fleet, Listener, Message } from './fleet.ts';

const REQUEST = { method: 'GET', url: '/', header: () => undefined };
const PORT = 8080;

/** What a caller's calls came to. */
export interface Tally {
  calls: number;
  ejected: number;
}

/** A process that calls one service by a directory that is told of changes late, twice, in disorder or not at all. */
export class SimulatedCaller implements Listener {
  readonly traffic: ServiceTraffic;
  readonly tally: Tally = { calls: 0, ejected: 0 };
  readonly #fleet: Fleet;
  readonly #rules: Rules;
  readonly #queue: EventQueue;
  readonly #dice: Dice;
  readonly #known = new Map<string, Instance>();
  /** Instances whose drain it acknowledged. */
  readonly #acknowledged = new Set<string>();
  #revision = -1;

  constructor(fleet: Fleet, rules: Rules, queue: EventQueue, dice: Dice) {
    this.#fleet = fleet;
    this.#rules = rules;
    this.#queue = queue;
    this.#dice = dice;
    const onEvent = ({ what }: HealthEvent) => {
      if (what === 'ejected') this.tally.ejected += 1;
    };
    this.traffic = new ServiceTraffic(fleet.service, { dice, onEvent }, { rules, instances: [] }, queue.nowMs);
    fleet.listen(this);
  }

  receive({ from, to, instances }: Message): void {
    if (to <= this.#revision) return;
    if (from !== null && from !== this.#revision) {
      this.#fleet.resync(this);
      return;
    }
    if (from === null) this.#known.clear();
    this.#revision = to;
    for (const instance of instances) {
      if (instance.state === 'gone') this.#known.delete(instance.id);
      else this.#known.set(instance.id, instance);
    }
    this.traffic.configure({ rules: this.#rules, instances: [...this.#known.values()] }, this.#queue.nowMs);
    for (const { id, state } of this.#known.values()) if (state === 'draining') this.#acknowledge(id);
  }

  #acknowledge(id: string): void {
    this.#acknowledged.add(id);
    this.#fleet.acknowledge(id, this);
  }

  /** What a stream does that was silent for long: it asks whether something was missed. */
  check(): void {
    if (this.#revision !== this.#fleet.revision) this.#fleet.resync(this);
  }

  /** A call, with its answer later. @throws Error when an invariant does not hold */
  call(lane: string, latencyMs: number): string | undefined {
    const { nowMs } = this.#queue;
    const table = this.traffic.table(nowMs);
    this.#checkLimits(table.instances);
    const set = eligible(this.#rules, table, PORT, { lane, request: REQUEST }, this.#dice);
    const picked = set && this.traffic.pick(set.pool, REQUEST, nowMs);
    if (!set || !picked) return undefined;
    if (this.#acknowledged.has(picked.id)) throw new Error(`call to ${picked.id} after its drain was acknowledged`);
    const flight = this.traffic.begin(picked, set.pool, nowMs);
    this.tally.calls += 1;
    if (latencyMs === 0) this.#end(flight);
    else this.#queue.after(latencyMs, () => this.#end(flight));
    return picked.id;
  }

  #end(flight: Flight): void {
    const { nowMs } = this.#queue;
    const { id } = flight.instance;
    if (this.#fleet.isRunning(id)) flight.answered(this.#fleet.isSick(id) ? 500 : 200, nowMs);
    else flight.failed(nowMs);
    flight.ended();
  }

  #checkLimits(instances: readonly Instance[]): void {
    const ready = instances.filter(({ state }) => state === 'ready');
    for (const [lane, list] of groupBy(ready, (instance) => [instance.lane ?? ''])) {
      const out = list.filter(({ ejected }) => ejected).length;
      const most = maxOut(list.length, this.traffic.policy.outlier.maxEjected);
      if (out > most)
        throw new Error(`${out} of ${list.length} are out in lane ${lane || 'base'}, at most ${most} may be`);
    }
  }

  /** Knows what there is. @throws Error when it does not, or still holds an instance for sick */
  checkConverged(): void {
    const seen = this.traffic.table(this.#queue.nowMs).instances;
    const states = (list: readonly Instance[]) =>
      list
        .map(({ id, state }) => `${id} ${state}`)
        .sort()
        .join();
    if (states(seen) !== states(this.#fleet.instances())) throw new Error('a caller has another picture of the fleet');
    for (const instance of seen) {
      const phase = this.traffic.phase(instance, this.#queue.nowMs);
      if (phase !== instance.state) throw new Error(`${instance.id} is ${phase}, not ${instance.state}, long after`);
    }
  }
}
