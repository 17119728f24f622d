import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Instance } from '@fairway/model';

/** Where an application can be reached, and whether it can. */
export type Presence = Pick<Instance, 'host' | 'ports' | 'state'>;

/** Keeps what the application listens on. */
export interface Listeners {
  add(address: AddressInfo): void;
  remove(address: AddressInfo): void;
  presence(): Presence;
}

const WILDCARDS = new Set(['0.0.0.0', '::', '']);
const MAX_PORTS = 64;

/**
 * An application that listens on several addresses is known by one: `ownHost` (or this machine's first IPv4 address)
 * where it listens on all of them, else the first that others can reach, else the first. `starting` until it listens;
 * `draining`, where it was, when it no longer does.
 */
export function createListeners(ownHost: string | undefined): Listeners {
  const open = new Map<string, AddressInfo & { count: number }>();
  let last: Presence | undefined;
  const keyOf = ({ address, port }: AddressInfo) => `${address} ${port}`;

  function hostOfAll(): string {
    const hosts = [...open.values()].map(({ address }) => address);
    if (hosts.length === 0 || hosts.some((host) => WILDCARDS.has(host))) return ownHost ?? machineAddress();
    return (hosts.find((host) => !isLoopback(host)) ?? hosts[0]) as string;
  }

  return {
    add(address) {
      const known = open.get(keyOf(address));
      open.set(keyOf(address), { ...address, count: (known?.count ?? 0) + 1 });
    },
    remove(address) {
      const known = open.get(keyOf(address));
      if (known && --known.count === 0) open.delete(keyOf(address));
    },
    presence() {
      if (open.size === 0)
        return last ? { ...last, state: 'draining' } : { host: hostOfAll(), ports: [], state: 'starting' };
      const host = hostOfAll();
      const reached = [...open.values()].filter(({ address }) => address === host || WILDCARDS.has(address));
      last = { host, ports: [...new Set(reached.map(({ port }) => port))].slice(0, MAX_PORTS), state: 'ready' };
      return last;
    },
  };
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}

function machineAddress(): string {
  const all = Object.values(networkInterfaces()).flat();
  return all.find((one) => one && !one.internal && one.family === 'IPv4')?.address ?? '127.0.0.1';
}
