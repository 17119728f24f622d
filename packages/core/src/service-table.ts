import type { Instance } from '@fairway/model';
import { groupBy } from './group-by.ts';
import { buildPool, EMPTY_POOL, type Pool } from './pool.ts';
import type { Destination } from './route.ts';
import { isLaneDisabled, type Rules } from './rules.ts';

/** The instances of one service, sorted into pools once, so that a call finds its pool by look-up. Immutable. */
export interface ServiceTable {
  /** In full: `namespace/name`. */
  readonly key: string;
  readonly instances: readonly Instance[];
  /** The instance at `host:port` (IPv6 in brackets), in whatever state. */
  byAddress(hostPort: string): Instance | undefined;
  /** The candidates on a port; undefined: no instance, in whatever state, serves it. */
  onPort(port: number): Candidates | undefined;
}

/** Ready instances that serve one port and whose lane is not disabled. */
export interface Candidates {
  /** Those of a lane; base as the empty name. */
  ofLane(lane: string): Pool;
  /** Those that a route's destination names. */
  ofDestination(destination: Destination): Pool;
}

/** `host:port`, an IPv6 host in brackets. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function isCandidate(rules: Rules, instance: Instance): boolean {
  return instance.state === 'ready' && !isLaneDisabled(rules, instance.lane ?? '');
}

function candidatesOf(list: readonly Instance[]): Candidates {
  const lanes = groupBy(list, (instance) => [instance.lane ?? '']);
  const pools = new Map([...lanes].map(([lane, instances]) => [lane, buildPool(instances)]));
  const byDestination = new Map<number, Pool>();
  const ofLane = (lane: string) => pools.get(lane) ?? EMPTY_POOL;
  return {
    ofLane,
    ofDestination(destination) {
      if (destination.labels.length === 0) return ofLane(destination.lane);
      let pool = byDestination.get(destination.id);
      if (!pool) {
        pool = buildPool(ofLane(destination.lane).instances.filter((instance) => bears(instance, destination.labels)));
        byDestination.set(destination.id, pool);
      }
      return pool;
    },
  };
}

function bears(instance: Instance, labels: Destination['labels']): boolean {
  return labels.every(([name, value]) => instance.labels?.[name] === value);
}

/**
 * Compiles the instances of one service under the rules in force. Compile again when either changes. Instances of other
 * services and those that are gone are passed over.
 */
export function compileService(rules: Rules, key: string, list: readonly Instance[]): ServiceTable {
  const instances = list.filter((instance) => instance.service === key && instance.state !== 'gone');
  const addresses = new Map<string, Instance>();
  const ports = new Map<number, Instance[]>();
  for (const instance of instances) {
    for (const port of instance.ports) {
      addresses.set(hostPort(instance.host.toLowerCase(), port), instance);
      const served = ports.get(port) ?? [];
      if (isCandidate(rules, instance)) served.push(instance);
      ports.set(port, served);
    }
  }
  const candidates = new Map([...ports].map(([port, served]) => [port, candidatesOf(served)]));
  return {
    key,
    instances,
    byAddress: (address) => addresses.get(address),
    onPort: (port) => candidates.get(port),
  };
}
