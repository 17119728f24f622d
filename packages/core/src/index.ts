export { customHosts, isInternalHost, serviceCandidates } from './address.ts';
export { callView, type HeaderEdit, NO_EDITS, sentHeaders } from './carry.ts';
export { checkReferences } from './check-references.ts';
export { CONDITION_WORDS, type ConditionWords, conditionText, entryText } from './condition-text.ts';
export { DEADLINE_HEADER, deadlineHeader, deadlineOf, timeLeftMs } from './deadline.ts';
export { type Call, type Eligible, effectiveLane, eligible, noInstanceMessage } from './eligible.ts';
export { orderedEntries, type PlacedEntry } from './entry-order.ts';
export { type CallExplanation, type Explanation, explain } from './explain.ts';
export {
  FOLLOW_HEADER,
  type FollowClaim,
  followClaim,
  followHeader,
  parseFollow,
} from './follow/follow-header.ts';
export type { EjectionCause } from './health/health.ts';
export type { ReturnCause } from './health/outliers.ts';
export { warmupShare } from './health/warmup.ts';
export { entryLane, type InboundDecision, inboundLane, type Self } from './inbound.ts';
export { isLabel, LANE_HEADER } from './label.ts';
export { outcomeOf } from './measure/cell.ts';
export type { EdgeMeter } from './measure/edge-meter.ts';
export { endpointOf } from './measure/endpoint.ts';
export type { InboundMeter } from './measure/inbound-meter.ts';
export { METRIC_BOUNDS_MS, type Metric, type MetricLabels, prometheusPage } from './measure/metric.ts';
export { type Counted, TrafficMeter } from './measure/traffic-meter.ts';
export { murmurHash2 } from './murmur-hash2.ts';
export { ALL_POINTS, bucketLimit, pointsOf } from './percent.ts';
export {
  type BalancePolicy,
  compilePolicies,
  DEFAULT_POLICY,
  type OfflinePolicy,
  type OnlinePolicy,
  type OutlierPolicy,
  type PolicyBook,
  policyOf,
  type RetryPolicy,
  type ServicePolicy,
  type TimeoutPolicy,
  type WarmupPolicy,
} from './policy.ts';
export type { Pool } from './pool.ts';
export { type Dice, pathOf, type RequestView } from './request-view.ts';
export { backoffMs, type FailedAttempt, isRetryable } from './retry.ts';
export { orderedRoutes } from './route.ts';
export { compileRules, isPropagable, type Rules, targetPort } from './rules.ts';
export { compileService, hostPort, type ServiceTable } from './service-table.ts';
export { type Shadow, shadows } from './shadow.ts';
export { type Off, offAt, offText, type Place } from './switch.ts';
export type { Step, Trace } from './trace.ts';
export {
  isTraceKept,
  parseTraceparent,
  TRACEPARENT_HEADER,
  TRACESTATE_HEADER,
  type TraceParent,
  traceparent,
} from './trace-context.ts';
export type { TraceRate } from './trace-rate.ts';
export type { Flight } from './traffic/flight.ts';
export { type HealthEvent, ServiceTraffic, type ServiceView, type TrafficOptions } from './traffic/service-traffic.ts';
export { runVectors, type VectorResult } from './vector.ts';
export { instancesOf, type View, viewOf, writtenView } from './world.ts';
