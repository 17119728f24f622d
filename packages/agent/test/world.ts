import type { Instance, Namespace, Resource } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';
import { type Backend, startBackend } from './backend.ts';

/** Services behind loopback addresses of their own, and a control plane that knows them. */
export interface World {
  readonly plane: FakeControlPlane;
  /** `http://order:<port>`: one base and one gray instance; the name does not resolve. */
  readonly orderUrl: string;
  /** `https://pay:<port>`, likewise. */
  readonly payUrl: string;
  /** A backend that the control plane does not know. */
  readonly stranger: Backend;
  readonly order: { readonly base: Backend; readonly gray: Backend };
  /** The instances of both services. */
  readonly instances: readonly Instance[];
  /** Addresses on which nothing listens, as instances of a lane. */
  dead(service: 'order' | 'pay', lane: string, count: number): Instance[];
  close(): Promise<void>;
}

const instanceOf = (
  service: string,
  lane: string,
  { name, host, port }: Pick<Backend, 'name' | 'host' | 'port'>,
): Instance => ({ id: name, service: `shop/${service}`, lane, host, ports: [port], state: 'ready' });

/** A lane that exists, and whether it is strict. */
export function laneResource(name: string, spec: { enabled?: boolean; strict?: boolean } = {}): Resource {
  return { apiVersion: 'fairway.dev/v1', kind: 'Lane', metadata: { name, namespace: 'shop' }, spec };
}

/** The switches of the namespace. */
export function namespaceResource(spec: Namespace['spec']): Resource {
  return { apiVersion: 'fairway.dev/v1', kind: 'Namespace', metadata: { name: 'shop' }, spec };
}

/** Starts a world on 127.0.`subnet`.0/24, so that several may run at once. */
export async function startWorld(subnet: number): Promise<World> {
  const at = (host: number) => `127.0.${subnet}.${host}`;
  const base = await startBackend('order-base', at(1), 0);
  const gray = await startBackend('order-gray', at(2), base.port);
  const payBase = await startBackend('pay-base', at(1), 0, true);
  const payGray = await startBackend('pay-gray', at(2), payBase.port, true);
  const stranger = await startBackend('stranger', at(9), 0);
  const known = new Map([
    [`order:${base.port}`, 'shop/order'],
    [`pay:${payBase.port}`, 'shop/pay'],
    ...[1, 2, 3, 4].map((host) => [`${at(host)}:${base.port}`, 'shop/order'] as const),
  ]);
  const plane = await startFakeControlPlane('shop', (address) => known.get(address) ?? null);
  const instances = [
    instanceOf('order', '', base),
    instanceOf('order', 'gray', gray),
    instanceOf('pay', '', payBase),
    instanceOf('pay', 'gray', payGray),
  ];
  plane.setInstances(instances);
  return {
    plane,
    orderUrl: `http://order:${base.port}`,
    payUrl: `https://pay:${payBase.port}`,
    stranger,
    order: { base, gray },
    instances,
    dead: (service, lane, count) => {
      const { port } = service === 'order' ? base : payBase;
      return Array.from({ length: count }, (_, i) =>
        instanceOf(service, lane, { name: `${service}-dead-${i}`, host: at(3 + i), port }),
      );
    },
    async close() {
      await Promise.all([base, gray, payBase, payGray, stranger, plane].map((part) => part.close()));
    },
  };
}
