import { isIP } from 'node:net';
import { compileRules, compileService, type Eligible, eligible, hostPort, type Rules } from '@fairway/core';
import {
  API_VERSION,
  type GatewayEntry,
  type Instance,
  type Resource,
  type Route,
  type RouteDestination,
  serviceKey,
} from '@fairway/model';
import { warmed } from './warming.ts';

/** Stands for the port of an instance that has only one, where an entry names none. */
const ONLY_PORT = 1;

interface Upstream {
  readonly name: string;
  readonly servers: readonly string[];
}

/**
 * Instances of the service behind an entry as upstreams. Which of them may take a call is decided by core; the same set
 * of instances is one upstream.
 */
export class PoolBook {
  readonly service: string;
  readonly #entry: GatewayEntry;
  readonly #namespace: string;
  readonly #resources: readonly Resource[];
  readonly #rules: Rules;
  readonly #instances: readonly Instance[];
  readonly #upstreams = new Map<string, Upstream>();

  constructor(entry: GatewayEntry, namespace: string, resources: readonly Resource[], instances: readonly Instance[]) {
    this.#entry = entry;
    this.#namespace = namespace;
    this.service = serviceKey(entry.service, namespace);
    this.#resources = resources.filter(({ kind }) => kind !== 'Namespace' && kind !== 'Route');
    this.#rules = compileRules(namespace, this.#resources);
    this.#instances = this.#reachable(instances);
  }

  /** Those with an IP address, on the port that the entry means, by how warm they are. */
  #reachable(instances: readonly Instance[]): Instance[] {
    const own = instances
      .filter(({ service, host }) => service === this.service && isIP(host) !== 0)
      .map((instance) => warmed(this.#rules, instance));
    if (this.#entry.port !== undefined) return own;
    return own.filter(({ ports }) => ports.length === 1);
  }

  #serverLine({ host, ports, weight = 100 }: Instance, weights: boolean): string {
    const port = this.#entry.port ?? (ports[0] as number);
    return `    server ${hostPort(host, port)}${weights ? ` weight=${weight}` : ''};\n`;
  }

  /** Name of the upstream of these instances; empty: there are none. */
  #upstream(found: Eligible | null, purpose: string): string {
    const preferred = found?.pool.preferred ?? [];
    const drawn = preferred.some(({ weight = 100 }) => weight > 0)
      ? preferred.filter(({ weight = 100 }) => weight > 0)
      : preferred;
    if (drawn.length === 0) return '';
    const isUneven = new Set(drawn.map(({ weight = 100 }) => weight)).size > 1;
    const servers = [...new Set(drawn.map((instance) => this.#serverLine(instance, isUneven)))];
    const key = servers.join('');
    const known = this.#upstreams.get(key);
    if (known) return known.name;
    const name = `fw_${this.#entry.name}_${purpose}`;
    this.#upstreams.set(key, { name, servers });
    return name;
  }

  #eligible(rules: Rules, lane: string): Eligible | null {
    const byOnlyPort = this.#entry.port === undefined;
    const view = byOnlyPort
      ? this.#instances.map((instance) => ({ ...instance, ports: [ONLY_PORT] }))
      : this.#instances;
    const request = { method: 'GET', url: '/', header: () => undefined };
    const found = eligible(
      rules,
      compileService(rules, this.service, view),
      this.#entry.port ?? ONLY_PORT,
      { lane, request },
      () => 0,
    );
    if (!found || !byOnlyPort) return found;
    const real = new Map(this.#instances.map((instance) => [instance.id, instance]));
    const preferred = found.pool.preferred.map(({ id }) => real.get(id) as Instance);
    return { ...found, pool: { ...found.pool, preferred } };
  }

  /** The upstream of a lane, after its fallback; empty: no instance may take such a call. */
  ofLane(lane: string): string {
    return this.#upstream(this.#eligible(this.#rules, lane), lane === '' ? '_base' : lane);
  }

  /** The upstream of a route's destination; empty: there is no instance. */
  ofDestination(to: RouteDestination, purpose: string): string {
    const route: Route = {
      apiVersion: API_VERSION,
      kind: 'Route',
      metadata: { name: 'destination', namespace: this.#namespace },
      spec: { service: this.service, rules: [{ to: [{ ...to, weight: 1 }], otherwise: 'fail' }] },
    };
    return this.#upstream(this.#eligible(compileRules(this.#namespace, [...this.#resources, route]), ''), purpose);
  }

  /** Lanes that may differ from base: those of resources and those that instances bear. */
  lanes(): string[] {
    const borne = this.#instances.map(({ lane }) => lane ?? '');
    return [...new Set([...this.#rules.lanes.keys(), ...borne])].filter((lane) => lane !== '').sort();
  }

  /** The upstream blocks; `lines` are added to each. */
  text(lines: string): string {
    return [...this.#upstreams.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, servers }) => `upstream ${name} {\n${servers.join('')}${lines}}\n`)
      .join('');
  }
}
