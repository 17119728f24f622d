import { type ServiceProcess, startService } from '../demo/service-process.ts';
import { buildWarehouse, type ServiceName } from '../demo/service-program.ts';

/** The chain of the shop without any governance: each service is told where the next one is. */
export interface Neighbours {
  readonly address: Readonly<Record<ServiceName, string>>;
  stop(): Promise<void>;
}

/** Starts one copy of every service, callees first. */
export async function startNeighbours(): Promise<Neighbours> {
  await buildWarehouse();
  const started: ServiceProcess[] = [];
  const stop = async () => {
    await Promise.all(started.map((one) => one.stop()));
  };
  try {
    await startChain(started);
  } catch (error) {
    await stop();
    throw error;
  }
  const entries = started.map(({ service, address }) => [service, address]);
  return { address: Object.fromEntries(entries), stop };
}

async function startChain(started: ServiceProcess[]): Promise<void> {
  const urls: Record<string, string> = {};
  for (const service of ['datacenter', 'warehouse', 'payment', 'order', 'storefront', 'device'] as const) {
    const next = await startService(service, { PORT: '0', RELEASE: 'base', ...urls });
    urls[`${service.toUpperCase()}_URL`] = `http://${next.address}`;
    started.push(next);
  }
}
