import { type Static, Type } from 'typebox';
import { closed } from './name.ts';
import { Outcomes, RuntimeHealth } from './traffic.ts';

const Count = Type.Integer({ minimum: 0 });
const Amount = Type.Number({ minimum: 0 });
const Text = Type.String();
/** ISO 8601, by the clock of the control plane. */
const Time = Type.String({ format: 'date-time' });
const LatencyMs = Type.Union([Amount, Type.Null()]);

const stats = {
  requests: Count,
  /** Requests a second. */
  rate: Amount,
  /** Of the requests: 5xx, refused, reset, timeout and none. */
  errors: Count,
  /** 0 to 1. */
  errorShare: Amount,
  outcomes: Outcomes,
  /** Of calls until the head of the answer, of requests that came until its end; within 1 %. null: there was no request. Milliseconds. */
  p50Ms: LatencyMs,
  p90Ms: LatencyMs,
  p99Ms: LatencyMs,
  meanMs: LatencyMs,
};

/** Of the bodies of requests and of answers, over the whole window. */
const bytes = { sentBytes: Count, receivedBytes: Count };

/** Traffic over some time. */
export const TrafficStats = Type.Object(stats, closed);
export type TrafficStats = Static<typeof TrafficStats>;

/** What services sent each other. */
export const TrafficEdge = Type.Object(
  {
    ...stats,
    /** The calling service, in full. */
    from: Text,
    /** The service called, in full. */
    to: Text,
    /** Lane of the calls; empty: base. */
    lane: Text,
    /** Lane of the instances that took them: another than `lane` where they fell back. */
    toLane: Text,
    /** Requests by why they went there: `base`, `lane`, `fallback:base`, `route:<name>` … */
    reasons: Type.Record(Text, Count),
    /** Attempts in whose place another was made. */
    retried: Count,
    ...bytes,
  },
  closed,
);
export type TrafficEdge = Static<typeof TrafficEdge>;

/** What a service was asked in a lane, by its own account, whoever asked. */
export const TrafficNode = Type.Object({ ...stats, service: Text, lane: Text }, closed);
export type TrafficNode = Static<typeof TrafficNode>;

/** A service, whether there was traffic or not. */
export const TrafficService = Type.Object(
  {
    service: Text,
    /** Ready instances by their lane; base is ''. */
    instances: Type.Record(Text, Count),
    /** Calls to it that are under way, by the last reports of its callers. */
    inFlight: Count,
  },
  closed,
);
export type TrafficService = Static<typeof TrafficService>;

/** How much time a point stands for. */
export const TRAFFIC_STEPS = ['1s', '10s', '5m'] as const;
export type TrafficStep = (typeof TRAFFIC_STEPS)[number];
const Step = Type.Union([Type.Literal('1s'), Type.Literal('10s'), Type.Literal('5m')]);

/** What is not told apart or not there, because there was too much of it. Since the control plane started. */
export const TrafficBounds = Type.Object(
  {
    /** Requests whose edge or endpoint was one too many, at an agent or here: they are in what is called `other`. */
    overflowed: Count,
    /** Reports that came too late to be counted. */
    late: Count,
    /** Reports that agents could not deliver. */
    lost: Count,
    /** Since when there are points, by step; null: there is none. */
    oldest: Type.Record(Step, Type.Union([Time, Type.Null()])),
  },
  closed,
);
export type TrafficBounds = Static<typeof TrafficBounds>;

/** Who calls whom. */
export const Topology = Type.Object(
  {
    /** End of the window: one reporting interval ago, when all have told. */
    at: Time,
    windowMs: Count,
    /** How often agents report now. 0: they do not. */
    everyMs: Count,
    services: Type.Array(TrafficService),
    nodes: Type.Array(TrafficNode),
    /** In the order of their names. Also those that have begun since the window ended, as far as agents have told. */
    edges: Type.Array(TrafficEdge),
    bounds: TrafficBounds,
  },
  closed,
);
export type Topology = Static<typeof Topology>;

/** One point of a series. */
export const TrafficPoint = Type.Object(
  {
    ...stats,
    /** Its beginning. */
    at: Time,
  },
  closed,
);
export type TrafficPoint = Static<typeof TrafficPoint>;

/** Traffic of an edge, or of a service by its own account, over time. Points without requests are left out. */
export const TrafficSeries = Type.Object(
  {
    step: Step,
    /** null: whoever asked. */
    from: Type.Union([Text, Type.Null()]),
    to: Text,
    /** By lane of the requests; base is ''. */
    lanes: Type.Record(Text, Type.Array(TrafficPoint)),
  },
  closed,
);
export type TrafficSeries = Static<typeof TrafficSeries>;

/** What came to one instance of a service, as its callers saw it. */
export const InstanceTraffic = Type.Object(
  {
    ...stats,
    instance: Text,
    /** Its own lane. */
    lane: Text,
    retried: Count,
    ...bytes,
    /** What it last said of itself; null: nothing. */
    runtime: Type.Union([RuntimeHealth, Type.Null()]),
  },
  closed,
);
export type InstanceTraffic = Static<typeof InstanceTraffic>;

/** What came to one endpoint of a service in a lane, by its own account. */
export const EndpointTraffic = Type.Object({ ...stats, endpoint: Text, lane: Text }, closed);
export type EndpointTraffic = Static<typeof EndpointTraffic>;

/** A service by its instances and its endpoints. */
export const ServiceTrafficDetail = Type.Object(
  {
    service: Text,
    at: Time,
    windowMs: Count,
    instances: Type.Array(InstanceTraffic),
    endpoints: Type.Array(EndpointTraffic),
  },
  closed,
);
export type ServiceTrafficDetail = Static<typeof ServiceTrafficDetail>;
