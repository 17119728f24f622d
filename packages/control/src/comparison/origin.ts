import type { ComparedMetric, ComparedService } from '@fairway/model';

/** How many calls of the lane a service got, by the service that made them. */
export type CallersOf = (service: string) => ReadonlyMap<string, number> | undefined;

/** A service that is called makes up so much of what its caller is worse by, to be where that comes from. */
const MAIN_PART = 0.5;

/**
 * Says of whatever is worse in a service from which of the services further down it comes: errors and waiting pass on to
 * every caller. A service that is called accounts for what it is worse by itself, as often as it is called for a request; where
 * that makes up half of what its caller is worse by, it comes from there, or from further down. It need not have been judged
 * itself: that the caller is worse has been shown, and this is only where.
 */
export function withOrigins(services: readonly ComparedService[], callersOf: CallersOf): ComparedService[] {
  const originOf = (
    caller: ComparedService,
    { metric, ...values }: ComparedMetric,
    path: readonly string[],
  ): string | undefined => {
    const parts = services
      .filter(({ service }) => !path.includes(service))
      .map((callee) => {
        const calls = callersOf(callee.service)?.get(caller.service) ?? 0;
        const own = callee.metrics.find((one) => one.metric === metric);
        return { callee, own, worseBy: own ? (calls / caller.canary.requests) * worseBy(own) : 0 };
      })
      .sort((a, b) => b.worseBy - a.worseBy);
    const [main] = parts;
    if (!main?.own || main.worseBy < MAIN_PART * worseBy(values)) return undefined;
    const { callee, own } = main;
    return originOf(callee, own, [...path, callee.service]) ?? callee.service;
  };
  return services.map((one) => ({
    ...one,
    metrics: one.metrics.map((metric) => {
      const origin = metric.verdict === 'worse' ? originOf(one, metric, [one.service]) : undefined;
      return origin === undefined ? metric : { ...metric, origin };
    }),
  }));
}

function worseBy({ canary, base }: Pick<ComparedMetric, 'canary' | 'base'>): number {
  return (canary ?? 0) - (base ?? 0);
}
