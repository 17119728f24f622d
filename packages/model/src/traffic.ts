import { type Static, Type } from 'typebox';
import { InstanceId } from './instance.ts';
import { LAST_BUCKET } from './latency.ts';
import { closed, Label, ServiceKey } from './name.ts';
import { OUTCOMES, type Outcome } from './outcome.ts';
import { WIRE_VERSION } from './version.ts';

const Count = Type.Integer({ minimum: 0, maximum: 4_294_967_295 });
const Bytes = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Ms = Type.Number({ minimum: 0 });
/** Of a lane; empty: base. */
const LaneName = Type.Union([Type.Literal(''), Label]);
const Printable = (maxLength: number) =>
  Type.String({ pattern: '^[\\x21-\\x7e]*$', minLength: 1, maxLength, description: 'printable ASCII without spaces' });

/** Down: data of an SSE event `pace` on the stream: how often traffic is reported from now on. Not told: every 5 s. */
export const Pace = Type.Object(
  {
    version: Type.Literal(WIRE_VERSION),
    /** 0: never, and nothing is measured. */
    everyMs: Type.Integer({ minimum: 0, maximum: 60_000 }),
  },
  closed,
);
export type Pace = Static<typeof Pace>;

/** Calls by their outcome; those that did not occur are absent. */
export const Outcomes = Type.Partial(
  Type.Object(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, Count])) as Record<Outcome, typeof Count>),
  closed,
);
export type Outcomes = Static<typeof Outcomes>;

/**
 * Latencies: their sum, and counts in buckets ({@link Latencies}). Of calls until the head of the answer, or until the
 * failure; of requests that came until the whole answer was handed over.
 */
const Latency = Type.Object(
  {
    sumMs: Ms,
    /** Bucket and count, by turns. */
    buckets: Type.Array(Type.Integer({ minimum: 0, maximum: 4_294_967_295 }), { maxItems: 2 * (LAST_BUCKET + 1) }),
  },
  closed,
);

/** A path with what names a single thing replaced by `:id`, or `other`. */
const Endpoint = Printable(128);

/** What a caller sent over one edge, since its report before. */
export const EdgeCount = Type.Object(
  {
    /** Who was called. */
    service: ServiceKey,
    /** The instance that answered or failed last. Absent: none took it, or there were too many edges to tell them apart. */
    instance: Type.Optional(InstanceId),
    /** Lane of that instance. */
    instanceLane: Type.Optional(LaneName),
    /** Lane of the call. */
    lane: LaneName,
    endpoint: Endpoint,
    /** `base`, `lane`, `fallback:<lane>`, `route:<name>`; `overflow`: too many edges to tell them apart. */
    reason: Printable(160),
    /** Calls that the application made, each once. */
    outcomes: Outcomes,
    /** Attempts on this instance in whose place another was made. */
    retried: Count,
    /** Sizes of the bodies of requests and answers, added up. Absent: the agent does not count them. */
    sentBytes: Type.Optional(Bytes),
    receivedBytes: Type.Optional(Bytes),
    latency: Latency,
  },
  closed,
);
export type EdgeCount = Static<typeof EdgeCount>;

/** What an instance was asked, since its report before, whoever asked. */
export const InboundCount = Type.Object(
  { lane: LaneName, endpoint: Endpoint, outcomes: Outcomes, latency: Latency },
  closed,
);
export type InboundCount = Static<typeof InboundCount>;

/** How the process was since its report before. */
export const RuntimeHealth = Type.Object(
  {
    /** CPU time that it took, of one core. 1: all of it. */
    cpu: Ms,
    rssBytes: Type.Integer({ minimum: 0 }),
    heapBytes: Type.Integer({ minimum: 0 }),
    /** Share of the time that the event loop was busy. */
    loopBusy: Type.Number({ minimum: 0, maximum: 1 }),
    /** How late timers came, the longest and the 99th percentile. */
    loopDelayMaxMs: Ms,
    loopDelayP99Ms: Ms,
    /** Time that collections of garbage took. */
    gcMs: Ms,
  },
  closed,
);
export type RuntimeHealth = Static<typeof RuntimeHealth>;

/** Up: POST /agent/v1/traffic. Sent again once where it was not answered: `seq` tells repeats. */
export const TrafficReport = Type.Object(
  {
    version: Type.Literal(WIRE_VERSION),
    instance: InstanceId,
    /** Grows with each new report of the process. */
    seq: Type.Integer({ minimum: 1 }),
    /** How long it was counted, and how long ago that ended. Elapsed time: two hosts' clocks are not compared. */
    spanMs: Ms,
    agoMs: Ms,
    edges: Type.Array(EdgeCount, { maxItems: 2048 }),
    inbound: Type.Array(InboundCount, { maxItems: 1024 }),
    /** Calls under way now, by the service called. */
    inFlight: Type.Record(ServiceKey, Count, { ...closed, maxProperties: 2048 }),
    /** Absent: of another thread than the main one. */
    runtime: Type.Optional(RuntimeHealth),
    /** Reports that were never answered since this process began; calls whose edge or endpoint was one too many, in this report. */
    lostReports: Count,
    overflowed: Count,
  },
  closed,
);
export type TrafficReport = Static<typeof TrafficReport>;
