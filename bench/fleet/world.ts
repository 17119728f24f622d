import { type Registration, WIRE_VERSION } from '@fairway/model';

/** The namespace of all simulated agents. */
export const NAMESPACE = 'fleet';

/** A fleet of equal services, each of which calls a few others. */
export interface World {
  readonly services: number;
  /** Services that each agent calls. */
  readonly calls: number;
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
export function dialledBy(n: number, { services, calls }: World): string[] {
  return Array.from({ length: calls }, (_, call) => `svc-${(n + 1 + call * 7) % services}:8080`);
}
