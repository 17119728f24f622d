export { ComparedMetric, ComparedService, LaneComparison, Verdict } from './comparison.ts';
export { type Condition, MAX_CONDITION_DEPTH, type Matcher } from './condition.ts';
export {
  AgentLog,
  Configuration,
  CpuProfile,
  Diagnose,
  DiagnosisReport,
  Findings,
  Frame,
  Handles,
  HeapSummary,
  Stall,
  Stalls,
} from './diagnosis.ts';
export { DIAGNOSIS_KINDS, type DiagnosisKind, MAX_DIAGNOSIS_SECONDS } from './diagnosis-kind.ts';
export { DURATION_PATTERN, durationMs } from './duration.ts';
export { ERROR_CODES, type ErrorCode, FairwayError, isFairwayError, type Problem } from './error.ts';
export { filledIn, type Values } from './filled-in.ts';
export {
  Following,
  FollowKeys,
  Hop,
  HopAttempt,
  HopNode,
  HopReport,
  RequestTrace,
  TraceSummary,
} from './hop.ts';
export { HOP_BOUNDS } from './hop-bounds.ts';
export { Instance, InstanceState, WorldInstance } from './instance.ts';
export { bucketLatencyMs, LAST_BUCKET, Latencies, latencyBucket } from './latency.ts';
export { CallerCount, CallPhase, LedgerReport, Transition, TransitionKind } from './ledger.ts';
export { LABEL_PATTERN, Label, ServiceKey, ServiceRef } from './name.ts';
export { DEFAULT_PACE_MS, ERROR_OUTCOMES, OUTCOMES, type Outcome } from './outcome.ts';
export {
  QuietHours,
  Release,
  ReleaseCause,
  ReleaseDeed,
  ReleaseEvent,
  ReleaseLimits,
  ReleaseMetric,
  ReleaseNote,
  ReleasePhase,
  ReleaseSpec,
  ReleaseState,
  ReleaseStatus,
  ReleaseStep,
  ReleaseWait,
  ReleaseWatch,
  ServiceHealth,
  SideHealth,
} from './release.ts';
export { DEED_WORDS, NOTE_WORDS, WAIT_WORDS } from './release-words.ts';
export {
  type EntryRule,
  type Gateway,
  type GatewayEntry,
  KINDS,
  type Kind,
  type Lane,
  type Metadata,
  type Namespace,
  type Policy,
  type Resource,
  type ResourceOf,
  type Route,
  type RouteDestination,
  type RouteRule,
  type Service,
  type Spec,
  type Split,
} from './resource.ts';
export { DEFAULT_NAMESPACE, namespaceOf, namespaceOfService, resourceKey, serviceKey } from './resource-key.ts';
export {
  Failure,
  InstanceLosses,
  Notice,
  Rollout,
  SeenTransition,
} from './rollout.ts';
export { DEFINITIONS, jsonSchema } from './schema.ts';
export type { StickyBy } from './sticky-by.ts';
export {
  EdgeCount,
  InboundCount,
  Outcomes,
  Pace,
  RuntimeHealth,
  TrafficReport,
} from './traffic.ts';
export {
  EndpointTraffic,
  InstanceTraffic,
  ServiceTrafficDetail,
  Topology,
  TRAFFIC_STEPS,
  TrafficBounds,
  TrafficEdge,
  TrafficNode,
  TrafficPoint,
  TrafficSeries,
  TrafficService,
  TrafficStats,
  type TrafficStep,
} from './traffic-view.ts';
export {
  check,
  checkResource,
  found,
  invalid,
  parse,
  parseResource,
  problemsOf,
  problemText,
  type SchemaError,
} from './validate.ts';
export { API_VERSION, WIRE_VERSION } from './version.ts';
export {
  Ack,
  AgentReport,
  CallerStatus,
  Command,
  Opening,
  PointReport,
  Registration,
  StateChange,
  Subscription,
  Update,
} from './wire.ts';
export type { VectorCase, VectorFile, World, WrittenRequest } from './world.ts';
