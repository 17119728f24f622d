import { durationMs, namespaceOf, namespaceOfService, type Policy, type StickyBy, serviceKey } from '@fairway/model';

type Spec = Policy['spec'];
type Section = Exclude<keyof Spec, 'services'>;

/** All that policies say of one service, complete: times in milliseconds, shares from 0 to 1. */
export interface ServicePolicy {
  readonly failover: { readonly attempts: number };
  readonly warmup: WarmupPolicy;
  readonly offline: OfflinePolicy;
  readonly online: OnlinePolicy;
  readonly outlier: OutlierPolicy;
  readonly balance: BalancePolicy;
  readonly timeout: TimeoutPolicy;
  readonly retry: RetryPolicy;
}

export interface WarmupPolicy {
  /** 0: none. */
  readonly durationMs: number;
  readonly curve: number;
  readonly floor: number;
}

export interface OfflinePolicy {
  readonly enabled: boolean;
  readonly maxWaitMs: number;
  readonly quietMs: number;
  readonly streamsMs: number;
}

export interface OnlinePolicy {
  readonly health: { readonly port: number | undefined; readonly path: string } | undefined;
  readonly delayMs: number;
  readonly isReadyWhenWarm: boolean;
}

export interface OutlierPolicy {
  readonly enabled: boolean;
  /** By HTTP status. */
  isFailure(status: number): boolean;
  /** 0: not checked. */
  readonly consecutive: number;
  readonly failureRate: { readonly share: number; readonly minRequests: number } | undefined;
  readonly slowRate:
    | { readonly slowerThanMs: number; readonly share: number; readonly minRequests: number }
    | undefined;
  readonly successRate:
    | { readonly factor: number; readonly floor: number; readonly minInstances: number; readonly minRequests: number }
    | undefined;
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  readonly maxEjected: number;
  readonly probes: number;
}

export interface BalancePolicy {
  readonly algorithm: 'p2c' | 'roundRobin' | 'random' | 'hash';
  readonly hashBy: StickyBy | undefined;
  /** Least share of the eligible instances that those of the own zone must be; undefined: zones do not count. */
  readonly zoneShare: number | undefined;
}

export interface TimeoutPolicy {
  readonly requestMs: number | undefined;
  readonly passesDeadline: boolean;
}

export interface RetryPolicy {
  readonly attempts: number;
  isRetried(status: number): boolean;
  readonly methods: ReadonlySet<string>;
  readonly perTryMs: number | undefined;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  readonly retriesStale: boolean;
  readonly budget: { readonly share: number; readonly floor: number };
}

/** Policies by service in full, or `namespace/*` for all others there. */
export type PolicyBook = ReadonlyMap<string, ServicePolicy>;

/** What holds where no policy speaks of a service. */
export const DEFAULT_POLICY: ServicePolicy = complete({});

/** Compiles policies; of several that name a service, each section is taken from the last of them in the list; those for `*` give way. */
export function compilePolicies(policies: readonly Policy[]): PolicyBook {
  const specs = new Map<string, Omit<Spec, 'services'>>();
  for (const policy of policies) {
    const { services, ...sections } = policy.spec;
    for (const ref of services === '*' ? ['*'] : services) {
      const key = serviceKey(ref, namespaceOf(policy));
      specs.set(key, merged(specs.get(key), sections));
    }
  }
  const general = (key: string) => specs.get(`${namespaceOfService(key)}/*`);
  return new Map([...specs].map(([key, spec]) => [key, complete(merged(general(key), spec))]));
}

/** What holds for calls to a service, and for its instances. `service`: in full. */
export function policyOf(book: PolicyBook, service: string): ServicePolicy {
  return book.get(service) ?? book.get(`${namespaceOfService(service)}/*`) ?? DEFAULT_POLICY;
}

function merged(under: Omit<Spec, 'services'> | undefined, over: Omit<Spec, 'services'>): Omit<Spec, 'services'> {
  const given = Object.entries(over).filter(([, section]) => section !== undefined) as [Section, object][];
  return { ...under, ...Object.fromEntries(given) };
}

function complete(spec: Omit<Spec, 'services'>): ServicePolicy {
  return Object.freeze({
    failover: { attempts: spec.failover?.attempts ?? 2 },
    warmup: warmup(spec.warmup ?? {}),
    offline: offline(spec.lossless?.offline ?? {}),
    online: online(spec.lossless?.online ?? {}),
    outlier: outlier(spec.outlier ?? {}),
    balance: balance(spec.balance ?? {}),
    timeout: timeout(spec.timeout ?? {}),
    retry: retry(spec.retry ?? {}),
  });
}

function warmup({
  enabled = true,
  duration = '60s',
  curve = 2,
  floor = 10,
}: NonNullable<Spec['warmup']>): WarmupPolicy {
  return { durationMs: enabled ? durationMs(duration) : 0, curve, floor: floor / 100 };
}

type Lossless = NonNullable<Spec['lossless']>;

function offline(spec: NonNullable<Lossless['offline']>): OfflinePolicy {
  const { enabled = true, maxWait = '30s', quiet = '1s', streams = '10s' } = spec;
  return { enabled, maxWaitMs: durationMs(maxWait), quietMs: durationMs(quiet), streamsMs: durationMs(streams) };
}

function online({ health, delay = '0s', whenWarm = false }: NonNullable<Lossless['online']>): OnlinePolicy {
  const [, port, path = '/'] = /^(?::([0-9]+))?(\/.*)$/.exec(health ?? '') ?? [];
  return {
    health: health === undefined ? undefined : { port: port === undefined ? undefined : Number(port), path },
    delayMs: durationMs(delay),
    isReadyWhenWarm: whenWarm,
  };
}

function outlier(spec: NonNullable<Spec['outlier']>): OutlierPolicy {
  const { enabled = true, failureRate = {}, slowRate, successRate = {}, interval = '10s' } = spec;
  const { baseEjection = '30s', maxEjection = '300s', maxEjected = 50, probes = 3, statuses = ['5xx'] } = spec;
  return {
    enabled,
    isFailure: statusTest(statuses),
    consecutive: spec.consecutive ?? 5,
    failureRate: failureRate.enabled === false ? undefined : rate(failureRate),
    slowRate: slowRate && { slowerThanMs: durationMs(slowRate.slowerThan), ...rate(slowRate) },
    successRate:
      successRate.enabled === false
        ? undefined
        : {
            factor: successRate.factor ?? 1.9,
            floor: (successRate.floor ?? 10) / 100,
            minInstances: successRate.minInstances ?? 5,
            minRequests: successRate.minRequests ?? 100,
          },
    intervalMs: durationMs(interval),
    baseEjectionMs: durationMs(baseEjection),
    maxEjectionMs: durationMs(maxEjection),
    maxEjected: maxEjected / 100,
    probes,
  };
}

function rate({ percent = 50, minRequests = 20 }: { percent?: number; minRequests?: number }) {
  return { share: percent / 100, minRequests };
}

function balance({ algorithm = 'p2c', hashBy, zone }: NonNullable<Spec['balance']>): BalancePolicy {
  return { algorithm, hashBy, zoneShare: zone && (zone.minShare ?? 20) / 100 };
}

function timeout({ request, deadline = true }: NonNullable<Spec['timeout']>): TimeoutPolicy {
  return { requestMs: request === undefined ? undefined : durationMs(request), passesDeadline: deadline };
}

function retry(spec: NonNullable<Spec['retry']>): RetryPolicy {
  const { attempts = 0, statuses = ['502-504'], methods = ['GET', 'HEAD', 'OPTIONS'], stale = true } = spec;
  const { perTryTimeout, backoff = '25ms', maxBackoff = '250ms', budget = {} } = spec;
  return {
    attempts,
    isRetried: statusTest(statuses),
    methods: new Set(methods),
    perTryMs: perTryTimeout === undefined ? undefined : durationMs(perTryTimeout),
    backoffMs: durationMs(backoff),
    maxBackoffMs: durationMs(maxBackoff),
    retriesStale: stale,
    budget: { share: (budget.percent ?? 20) / 100, floor: budget.floor ?? 3 },
  };
}

/** `503`, `502-504`, `5xx`. */
function statusTest(patterns: readonly string[]): (status: number) => boolean {
  const ranges = patterns.map((pattern) => {
    const [from, to] = pattern.replace('xx', '00').split('-').map(Number) as [number, number?];
    return [from, pattern.endsWith('xx') ? from + 99 : (to ?? from)] as const;
  });
  return (status) => ranges.some(([from, to]) => status >= from && status <= to);
}
