import { type Registration, WIRE_VERSION } from '@fairway/model';

/** The namespace of all simulated agents. */
export const NAMESPACE = 'fleet';

/** A fleet of equal services, each of which calls a few others. */
export interface World {
  readonly services: number;
  /** Services that each agent calls. */
  readonly calls: number;
  /** They stand in so many tiers, and call the next; the last calls none. Absent: in a circle. */
  readonly tiers?: number;
}

/** What agent `n` announces. */
export function registrationOf(n: number, { services }: World): Registration {
  const service = `svc-${n % services}`;
  return {
    version: WIRE_VERSION,
    instance: {
      id: `${service}-${n}`,
      service: `${NAMESPACE}/${service}`,
      ...(n % 10 === 0 ? { lane: 'gray' } : {}),
      labels: { version: 'v1' },
      host: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
      ports: [8080],
      state: 'ready',
    },
    agent: { version: '0.1.0', runtime: `node ${process.version}`, pid: n, hostname: `host-${n}` },
  };
}

/** The addresses that agent `n` dials. */
export function dialledBy(n: number, { services, calls, tiers }: World): string[] {
  const own = n % services;
  const numbers = Array.from({ length: calls }, (_, call) => own + 1 + call * 7);
  if (tiers === undefined) return numbers.map((number) => addressOf(number % services));
  const size = Math.ceil(services / tiers);
  const next = (Math.floor(own / size) + 1) * size;
  const others = Math.min(size, services - next);
  return others <= 0 ? [] : [...new Set(numbers.map((number) => addressOf(next + (number % others))))];
}

function addressOf(service: number): string {
  return `svc-${service}:8080`;
}
