import {
  type Dice,
  type EdgeMeter,
  type ServiceTable,
  ServiceTraffic,
  type ServiceView,
  type TrafficMeter,
} from '@fairway/core';
import type { Instance } from '@fairway/model';
import type { CallLedger } from './call-ledger.ts';

/** What callees are made with. */
export interface CalleeDeps {
  readonly dice: Dice;
  readonly ledger: CallLedger;
  readonly meter: TrafficMeter;
}

/** A service that this process calls: what it learnt of its instances outlives the plans. */
export class Callee {
  readonly traffic: ServiceTraffic;
  readonly ledger: CallLedger;
  readonly edges: EdgeMeter;
  #table: ServiceTable | undefined;
  #isInTransition = false;

  /** `key`: the service in full. */
  constructor(key: string, { dice, ledger, meter }: CalleeDeps, view: ServiceView, nowMs: number) {
    this.ledger = ledger;
    this.edges = meter.edgesTo(key);
    this.traffic = new ServiceTraffic(key, { dice, onEvent: (event) => ledger.record(event) }, view, nowMs);
  }

  /** What calls are decided by now. */
  table(nowMs: number): ServiceTable {
    const table = this.traffic.table(nowMs);
    if (table !== this.#table) {
      this.#table = table;
      this.#isInTransition = table.instances.some(isInTransition);
    }
    return table;
  }

  /** Whether some instance comes or goes, or is not well: only then is it counted what the others took. */
  get isInTransition(): boolean {
    return this.#isInTransition;
  }
}

function isInTransition({ state, suspect, ejected }: Instance): boolean {
  return state !== 'ready' || suspect === true || ejected === true;
}
