import type { EdgeCount, InboundCount } from '@fairway/model';
import { MeasureBounds } from './bounds.ts';
import { EdgeMeter } from './edge-meter.ts';
import { InboundMeter } from './inbound-meter.ts';

/** What was counted since the time before. */
export interface Counted {
  readonly edges: EdgeCount[];
  readonly inbound: InboundCount[];
  readonly overflowed: number;
}

/** What a report takes. */
const MAX_EDGES = 2_048;

/** All that one thread measures. Bounded, whatever is called and asked. */
export class TrafficMeter {
  readonly inbound: InboundMeter;
  readonly #bounds = new MeasureBounds();
  readonly #edges = new Map<string, EdgeMeter>();

  constructor() {
    this.inbound = new InboundMeter(this.#bounds);
  }

  /** Whether anything is counted. */
  get isOn(): boolean {
    return this.#bounds.isOn;
  }

  set isOn(isOn: boolean) {
    this.#bounds.isOn = isOn;
  }

  /** The meter of calls to a service, the same each time. */
  edgesTo(service: string): EdgeMeter {
    const known = this.#edges.get(service);
    if (known) return known;
    const made = new EdgeMeter(service, this.#bounds);
    this.#edges.set(service, made);
    return made;
  }

  /** All that was counted since the time before. */
  take(): Counted {
    const all = [...this.#edges.values()].flatMap((meter) => meter.take());
    const inbound = this.inbound.take();
    const edges = all.slice(0, MAX_EDGES);
    const overflowed = this.#bounds.overflowed;
    this.#bounds.reset();
    return { edges, inbound, overflowed };
  }
}
