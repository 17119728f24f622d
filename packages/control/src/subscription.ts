/** What an address was last said to mean, and at which revision that was. */
export interface Told {
  readonly service: string | null;
  readonly revision: number;
}

/** What one agent wants to know, and since when. A plain value: every change makes a new one. */
export interface Subscription {
  readonly namespace: string;
  readonly addresses: ReadonlyMap<string, Told>;
  /** Services whose instances it is told, each with the revision from which it is. */
  readonly services: ReadonlyMap<string, number>;
}

export function emptySubscription(namespace: string): Subscription {
  return { namespace, addresses: new Map(), services: new Map() };
}

/** The addresses to forget so that `max` are left: those that mean nothing before those that do, the oldest first. */
export function surplus(subscription: Subscription, max: number): string[] {
  const excess = subscription.addresses.size - max;
  if (excess <= 0) return [];
  const entries = [...subscription.addresses];
  const meaningless = entries.filter(([, { service }]) => service === null);
  const meaningful = entries.filter(([, { service }]) => service !== null);
  return [...meaningless, ...meaningful].slice(0, excess).map(([address]) => address);
}

/** The subscription without some addresses. Services stay followed. */
export function forgetting(subscription: Subscription, forgotten: readonly string[]): Subscription {
  const addresses = new Map(subscription.addresses);
  for (const address of forgotten) addresses.delete(address);
  return { ...subscription, addresses };
}

/** The subscription with answers given at a revision. Services once followed stay followed. */
export function answered(
  subscription: Subscription,
  answers: ReadonlyMap<string, string | null>,
  revision: number,
): Subscription {
  const addresses = new Map(subscription.addresses);
  const services = new Map(subscription.services);
  for (const [address, service] of answers) {
    addresses.set(address, { service, revision });
    if (service !== null && !services.has(service)) services.set(service, revision);
  }
  return { namespace: subscription.namespace, addresses, services };
}
