export { AddressBook, type AddressResolver, type Answer } from './address-book.ts';
export type { Change, InstanceChange, ResourceChange } from './change.ts';
export { COMPARISON_LIMITS, type ComparisonLimits, compare } from './comparison/comparison.ts';
export { type Difference, diff } from './diff.ts';
export { Directory, type DirectoryChange, type Lease, type Remembered } from './directory.ts';
export { addressesOf, addressOf, InstanceIndex } from './instance-index.ts';
export { Journal } from './journal.ts';
export { isMassLoss, LEASE_DEFAULTS, type LeaseOptions } from './lease.ts';
export {
  type CountRecord,
  type LossRecord,
  losses,
  merged,
  type SideLosses,
  type Sum,
  type TransitionRecord,
} from './losses.ts';
export { type ObservationParts, observe, type Seen, servicesOf, settledMs, versionOf } from './release/observe.ts';
export { isQuiet, isTimeZone } from './release/quiet-hours.ts';
export {
  advance,
  firstState,
  type GateAnswer,
  gateOf,
  hasEnded,
  type Observation,
  type ReleaseInput,
  type ReleaseOrder,
  refusal,
  wishOf,
} from './release/release-engine.ts';
export { isTraffic, type LaneWish, laneOf, trafficAt } from './release/release-lane.ts';
export { htmlOf, markdownOf, releaseReport } from './release/release-report.ts';
export { waitsFor } from './release/release-waits.ts';
export { moveOf, type Replica, type ReplicaSight, type Writer } from './replica.ts';
export { ResourceSet } from './resource-set.ts';
export { answered, emptySubscription, forgetting, type Subscription, surplus, type Told } from './subscription.ts';
export { TRACE_BOUNDS, TraceBook } from './trace/trace-book.ts';
export type { Tally } from './traffic/tally.ts';
export {
  type Taken,
  TRAFFIC_LEVELS,
  type TrafficFilter,
  TrafficRollup,
  type Window,
} from './traffic/traffic-rollup.ts';
export { deltaUpdate, firstUpdate, fullUpdate, type Had, isEmptyUpdate, type Scene } from './update.ts';
