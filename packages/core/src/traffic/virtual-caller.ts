// A caller on a virtual clock, for tests. Development only: nothing but tests imports it.
import type { Instance, Policy, Resource } from '@fairway/model';
import { eligible } from '../eligible.ts';
import type { Dice } from '../request-view.ts';
import { compileRules } from '../rules.ts';
import type { Flight } from './flight.ts';
import { type HealthEvent, ServiceTraffic } from './service-traffic.ts';

const REQUEST = { method: 'GET', url: '/', header: () => undefined };
const PORT = 8080;

/** Draws that a seed gives again and again (the generator mulberry32). */
export function seededDice(seed: number): Dice {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A ready instance of shop/order. */
export function orderInstance(id: string, over: Partial<Instance> = {}): Instance {
  return { id, service: 'shop/order', host: '10.0.0.1', ports: [PORT], state: 'ready', ...over };
}

/** `count` instances, i0 and on. */
export function orderInstances(count: number, over: Partial<Instance> = {}): Instance[] {
  return Array.from({ length: count }, (_, i) => orderInstance(`i${i}`, over));
}

/** One process that calls shop/order. Time moves only when told. */
export class VirtualCaller {
  nowMs = 0;
  readonly events: HealthEvent[] = [];
  readonly traffic: ServiceTraffic;
  #spec: Omit<Policy['spec'], 'services'>;
  #instances: readonly Instance[];
  readonly #zone: string | undefined;

  constructor(
    instances: readonly Instance[],
    spec: Omit<Policy['spec'], 'services'> = {},
    { seed = 1, zone }: { seed?: number; zone?: string } = {},
  ) {
    this.#instances = instances;
    this.#spec = spec;
    this.#zone = zone;
    const options = { dice: seededDice(seed), onEvent: (event: HealthEvent) => this.events.push(event) };
    this.traffic = new ServiceTraffic('shop/order', options, this.#view(), 0);
  }

  #view() {
    const policy = {
      apiVersion: 'fairway.dev/v1',
      kind: 'Policy',
      metadata: { name: 'p', namespace: 'shop' },
      spec: { services: ['order'], ...this.#spec },
    };
    return { rules: compileRules('shop', [policy as Resource]), instances: this.#instances, zone: this.#zone };
  }

  /** The directory, or the policy, says something else. */
  hear(instances: readonly Instance[], spec = this.#spec): void {
    this.#instances = instances;
    this.#spec = spec;
    this.traffic.configure(this.#view(), this.nowMs);
  }

  /** A call goes out; undefined: no instance may take it. */
  call(header?: string, lane = ''): Flight | undefined {
    const request = header === undefined ? REQUEST : { ...REQUEST, header: () => header };
    const { rules } = this.#view();
    const set = eligible(rules, this.traffic.table(this.nowMs), PORT, { lane, request }, () => 0);
    const picked = set && this.traffic.pick(set.pool, request, this.nowMs);
    return set && picked ? this.traffic.begin(picked, set.pool, this.nowMs) : undefined;
  }

  /** A call that `isSick` instances answer with 500 after `latencyMs`; the id of the one that took it. */
  roundTrip(isSick: (id: string) => boolean = () => false, latencyMs = 0): string {
    const flight = this.call();
    if (!flight) throw new Error('no instance may take it');
    this.nowMs += latencyMs;
    flight.answered(isSick(flight.instance.id) ? 500 : 200, this.nowMs);
    flight.ended();
    return flight.instance.id;
  }

  /** How many of so many calls each instance took. */
  shares(calls: number, latencyMs = 0): Map<string, number> {
    const counts = new Map<string, number>();
    for (let i = 0; i < calls; i++) {
      const id = this.roundTrip(undefined, latencyMs);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }
}
