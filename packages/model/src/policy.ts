import { Type } from 'typebox';
import { DURATION_PATTERN } from './duration.ts';
import { closed, ServiceRef } from './name.ts';
import { StickyBy } from './sticky-by.ts';

/** A length of time as people write it: a whole number with `ms`, `s`, `m` or `h`. At most 7 digits. */
const Duration = Type.String({
  pattern: DURATION_PATTERN,
  description: 'a duration: a whole number and ms, s, m or h, for example 30s',
});

const optional = Type.Optional;
const Switch = Type.Boolean({ default: true });
const Count = (maximum: number, minimum = 0) => Type.Integer({ minimum, maximum });
const Share = Type.Number({ minimum: 0, maximum: 100, description: 'a percentage from 0 to 100' });
/** A status, a range of them, or a class: `429`, `502-504`, `5xx`. */
const Statuses = Type.Array(
  Type.String({
    pattern: '^[1-5](?:xx|[0-9]{2}(?:-[1-5][0-9]{2})?)$',
    description: 'an HTTP status, for example 503, 502-504 or 5xx',
  }),
  { maxItems: 32 },
);

/** A refused connection is tried on another eligible instance before the application sees the error. */
export const Failover = Type.Object(
  {
    /** Other instances tried. Default 2. */
    attempts: optional(Count(10)),
  },
  closed,
);

/**
 * How a new instance comes to its full share: `max(floor, (elapsed / duration) ^ curve)` of its weight, counted from the first moment
 * at which traffic can reach it.
 */
export const Warmup = Type.Object(
  {
    enabled: optional(Switch),
    /** Default 60s. */
    duration: optional(Duration),
    /** 1: a line. Default 2. */
    curve: optional(Type.Number({ minimum: 1, maximum: 20 })),
    /** Percent of its weight that an instance has from the start. Default 10. */
    floor: optional(Share),
  },
  closed,
);

/** How instances of a service leave and come. */
export const Lossless = Type.Object(
  {
    offline: optional(
      Type.Object(
        {
          enabled: optional(Switch),
          /** Longest from the notice until the application ends. Default 30s. */
          maxWait: optional(Duration),
          /** Without a request for so long, an instance that all callers know to be leaving is quiet. Default 1s. */
          quiet: optional(Duration),
          /** Longest that WebSockets, server-sent events and other long streams may go on after the notice. Default 10s. */
          streams: optional(Duration),
        },
        closed,
      ),
    ),
    online: optional(
      Type.Object(
        {
          /** What must answer 2xx before traffic comes: `/path` on the application's port, or `:port/path`. Absent: nothing is asked. */
          health: optional(Type.String({ pattern: '^(?::[0-9]{1,5})?/[\\x21-\\x7e]{0,255}$' })),
          /** Waited for after it listens and its health answers. Default 0s. */
          delay: optional(Duration),
          /** The readiness of the admin port says yes only when the warm-up is over. Default false. */
          whenWarm: optional(Type.Boolean({ default: false })),
        },
        closed,
      ),
    ),
  },
  closed,
);

/** Which instances are taken out of the eligible set for a while, and how they come back. Each check may be left out or turned off. */
export const Outlier = Type.Object(
  {
    enabled: optional(Switch),
    /** Which outcomes are failures. Network errors always are. Default `statuses: [5xx]`; an empty list: network errors alone. */
    statuses: optional(Statuses),
    /** Failures in a row. Default 5; 0: not checked. */
    consecutive: optional(Count(10_000)),
    /** Failures within an interval. Default 50 percent of at least 20. */
    failureRate: optional(
      Type.Object(
        { enabled: optional(Switch), percent: optional(Share), minRequests: optional(Count(1e6, 1)) },
        closed,
      ),
    ),
    /** Calls slower than a limit, within an interval. Only where `slowerThan` is given: 50 percent of at least 20. */
    slowRate: optional(
      Type.Object({ slowerThan: Duration, percent: optional(Share), minRequests: optional(Count(1e6, 1)) }, closed),
    ),
    /**
     * A success rate below the mean of the others by `factor` standard deviations and by `floor` points at least. Default 1.9 and 10,
     * of 5 instances with 100 requests within an interval.
     */
    successRate: optional(
      Type.Object(
        {
          enabled: optional(Switch),
          factor: optional(Type.Number({ minimum: 0.1, maximum: 100 })),
          floor: optional(Share),
          minInstances: optional(Count(10_000, 2)),
          minRequests: optional(Count(1e6, 1)),
        },
        closed,
      ),
    ),
    /** What rates are counted over. Default 10s. */
    interval: optional(Duration),
    /** Of the first ejection; each further one is longer by as much, each clean interval takes one off. Default 30s. */
    baseEjection: optional(Duration),
    /** Default 300s. */
    maxEjection: optional(Duration),
    /** Percent of the eligible set that may be out at a time, never the last of it. Default 50. */
    maxEjected: optional(Share),
    /** Requests that must succeed one by one before an instance that comes back has its share again. Default 3. */
    probes: optional(Count(1000, 1)),
  },
  closed,
);

/** Which of the eligible instances takes a call. */
export const Balance = Type.Object(
  {
    /** `p2c`: the better of two, by outstanding calls and peak EWMA of latency (default). */
    algorithm: optional(
      Type.Union([Type.Literal('p2c'), Type.Literal('roundRobin'), Type.Literal('random'), Type.Literal('hash')]),
    ),
    /** For `hash`: what keeps a user on one instance. Requests without it are drawn at random. */
    hashBy: optional(StickyBy),
    /** Instances of the caller's own zone first, where they are at least this percent of the eligible ones. Absent: zones do not count. */
    zone: optional(Type.Object({ minShare: optional(Share) }, closed)),
  },
  closed,
);

/** How long a call may take. */
export const Timeout = Type.Object(
  {
    /** Until its answer is complete. Absent: as long as the application waits. */
    request: optional(Duration),
    /** Calls made for an inbound request end with its deadline, and tell the next service what is left. Default true. */
    deadline: optional(Switch),
  },
  closed,
);

/** Calls that are made again. Only requests whose body is not on its way, under a budget. */
export const Retry = Type.Object(
  {
    /** Further attempts for a call that `statuses` or a network error calls for. Default 0. */
    attempts: optional(Count(10)),
    /** Default 502, 503, 504. */
    statuses: optional(Statuses),
    /** Default GET, HEAD, OPTIONS. */
    methods: optional(Type.Array(Type.String({ pattern: '^[A-Z]{1,32}$' }), { maxItems: 32 })),
    perTryTimeout: optional(Duration),
    /** Before the first; doubled for each further, at most `maxBackoff`; the time is drawn at random up to that. Default 25ms. */
    backoff: optional(Duration),
    /** Default 250ms. */
    maxBackoff: optional(Duration),
    /** A safe request that finds its kept connection closed is sent again on another. Default true. */
    stale: optional(Switch),
    /** Retries are at most this percent of the calls under way, and `floor`. Default 20 and 3. */
    budget: optional(Type.Object({ percent: optional(Share), floor: optional(Count(10_000)) }, closed)),
  },
  closed,
);

/** Behaviour of calls to services, and of their instances. Of several that name a service, each section is taken from the last by name; those for `*` give way. */
export const PolicySpec = Type.Object(
  {
    services: Type.Union([Type.Literal('*'), Type.Array(ServiceRef, { minItems: 1, maxItems: 1000 })]),
    failover: optional(Failover),
    warmup: optional(Warmup),
    lossless: optional(Lossless),
    outlier: optional(Outlier),
    balance: optional(Balance),
    timeout: optional(Timeout),
    retry: optional(Retry),
  },
  closed,
);
