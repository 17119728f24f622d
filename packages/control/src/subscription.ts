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
