import { namespaceOfService } from '@fairway/model';
import type { GatewayBook } from '../link/gateway-book.ts';
import type { Link } from '../link/link.ts';

/**
 * Waits, until `signal` is aborted, for those who must have a revision before a release goes on: every agent that is told of
 * the namespace, instances of it that are known and not connected now (they may come back with what they knew), and its
 * gateways. Gives those who have not.
 */
export function acknowledgers({ propagation, fleet, broadcaster }: Link, gateways: GatewayBook) {
  const away = (namespace: string) =>
    [...fleet.directory.instances.all()]
      .filter(({ id, service }) => namespaceOfService(service) === namespace && !broadcaster.streams.get(id))
      .map(({ id }) => id);
  return async (revision: number, namespace: string, signal: AbortSignal): Promise<string[]> => {
    const { pending } = await propagation.wait(revision, namespace, signal);
    const behind = await gateways.wait(revision, namespace, signal);
    const missing = [...new Set([...pending, ...away(namespace), ...behind])];
    if (missing.length > 0) await aborted(signal);
    return missing;
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
