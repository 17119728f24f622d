import type { Instance } from '@fairway/model';
import { type FakeControlPlane, startFakeControlPlane } from '@fairway/testkit';
import { type RpcBackend, startRpcBackend } from './rpc-backend.ts';

/** Addresses that an application is given: of `node:http2` and grpc-js, without and with TLS. */
export interface Where {
  readonly h2: string;
  readonly h2s: string;
  readonly grpc: string;
  readonly grpcs: string;
}

/** Two services that are called over HTTP/2, one behind TLS, each with a base and a gray instance. */
export interface RpcWorld {
  readonly plane: FakeControlPlane;
  /** Names that do not resolve for `node:http2`; for grpc-js, which resolves names itself, a virtual address that somebody else answers on. */
  readonly where: Where;
  readonly backends: readonly RpcBackend[];
  /** Answers on the virtual address: no call may be seen there. */
  readonly virtual: readonly RpcBackend[];
  readonly instances: readonly Instance[];
  /** Addresses on which nothing listens, as instances of a lane of both services. */
  dead(lane: string, count: number): Instance[];
  close(): Promise<void>;
}

type Place = Pick<RpcBackend, 'name' | 'host' | 'port' | 'grpcPort'>;

const instanceOf = (service: string, lane: string, { name, host, port, grpcPort }: Place): Instance => ({
  id: name,
  service: `shop/${service}`,
  lane,
  host,
  ports: [port, grpcPort],
  state: 'ready',
});

/** Starts a world on 127.0.`subnet`.0/24. `settings`: what the instances of `order` say of themselves over HTTP/2. */
export async function startRpcWorld(subnet: number, settings = {}): Promise<RpcWorld> {
  const at = (host: number) => `127.0.${subnet}.${host}`;
  const virtual = await startRpcBackend('order-virtual', at(100));
  const virtualPay = await startRpcBackend('pay-virtual', at(100), undefined, { isTls: true });
  const base = await startRpcBackend('order-base', at(1), virtual, { settings });
  const gray = await startRpcBackend('order-gray', at(2), virtual, { settings });
  const payBase = await startRpcBackend('pay-base', at(1), virtualPay, { isTls: true });
  const payGray = await startRpcBackend('pay-gray', at(2), virtualPay, { isTls: true });
  const known = new Map([
    [`order:${base.port}`, 'shop/order'],
    [`pay:${payBase.port}`, 'shop/pay'],
    // grpc-js-1.8 tells of the name that the server is to have only.
    [`pay:${payBase.grpcPort}`, 'shop/pay'],
    ...[1, 2, 3, 4, 100].flatMap((host) => [
      [`${at(host)}:${base.port}`, 'shop/order'] as const,
      [`${at(host)}:${base.grpcPort}`, 'shop/order'] as const,
      [`${at(host)}:${payBase.port}`, 'shop/pay'] as const,
      [`${at(host)}:${payBase.grpcPort}`, 'shop/pay'] as const,
    ]),
  ]);
  const plane = await startFakeControlPlane('shop', (address) => known.get(address) ?? null);
  const instances = [
    instanceOf('order', '', base),
    instanceOf('order', 'gray', gray),
    instanceOf('pay', '', payBase),
    instanceOf('pay', 'gray', payGray),
  ];
  plane.setInstances(instances);
  const backends = [base, gray, payBase, payGray];
  return {
    plane,
    where: {
      h2: `http://order:${base.port}`,
      h2s: `https://pay:${payBase.port}`,
      grpc: `${at(100)}:${base.grpcPort}`,
      grpcs: `${at(100)}:${payBase.grpcPort}`,
    },
    backends,
    virtual: [virtual, virtualPay],
    instances,
    dead: (lane, count) =>
      Array.from({ length: count }, (_, i) => at(3 + i)).flatMap((host) => [
        instanceOf('order', lane, { ...base, name: `order-dead-${host}`, host }),
        instanceOf('pay', lane, { ...payBase, name: `pay-dead-${host}`, host }),
      ]),
    async close() {
      await Promise.all([...backends, virtual, virtualPay, plane].map((part) => part.close()));
    },
  };
}
