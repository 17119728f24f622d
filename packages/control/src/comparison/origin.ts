import type { ComparedMetric, ComparedService } from '@fairway/model';

/** Calls of a lane, wherever they were served: how many a service got, by the service that made them. */
export type LaneCalls = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** A service that is called makes up so much of what its caller is worse by, to be where that comes from. */
const MAIN_PART = 0.5;

/**
 * Says of whatever is worse in a service from which of the services further down it comes: errors and waiting pass on to
 * every caller. A service that is called accounts for what it is worse by itself, as often as it is called for a request, also
 * by way of services that the lane has not; where that makes up half of what its caller is worse by, it comes from there, or from
 * further down. It need not have been judged itself: that the caller is worse has been shown, and this is only where.
 */
export function withOrigins(services: readonly ComparedService[], calls: LaneCalls): ComparedService[] {
  const perRequest = callsPerRequest(services, calls);
  const originOf = (caller: string, worse: ComparedMetric, path: readonly string[]): string | undefined => {
    const [main] = services
      .filter(({ service }) => !path.includes(service))
      .flatMap(({ service, metrics }) => {
        const own = metrics.find(({ metric }) => metric === worse.metric);
        return own ? [{ service, own, part: perRequest(caller, service) * worseBy(own) }] : [];
      })
      .sort((a, b) => b.part - a.part);
    if (!main || main.part < MAIN_PART * worseBy(worse)) return undefined;
    return originOf(main.service, main.own, [...path, main.service]) ?? main.service;
  };
  return services.map((one) => ({
    ...one,
    metrics: one.metrics.map((metric) => {
      const origin = metric.verdict === 'worse' ? originOf(one.service, metric, [one.service]) : undefined;
      return origin === undefined ? metric : { ...metric, origin };
    }),
  }));
}

/** How often a service is called for a request to another, by itself or by those between that are not compared. */
function callsPerRequest(services: readonly ComparedService[], calls: LaneCalls) {
  const compared = new Map(services.map(({ service, canary }) => [service, canary.requests]));
  const requestsOf = (service: string) =>
    compared.get(service) ?? [...(calls.get(service)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  const perRequest = (from: string, to: string, path: readonly string[] = []): number => {
    let sum = 0;
    for (const [caller, count] of calls.get(to) ?? []) {
      const share = count / (requestsOf(caller) || count);
      if (caller === from) sum += share;
      else if (!compared.has(caller) && !path.includes(caller))
        sum += share * perRequest(from, caller, [...path, caller]);
    }
    return sum;
  };
  return perRequest;
}

function worseBy({ canary, base }: Pick<ComparedMetric, 'canary' | 'base'>): number {
  return (canary ?? 0) - (base ?? 0);
}
