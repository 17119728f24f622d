import { type Observation, observe, type Seen, servicesOf, settledMs } from '@fairway/control';
import { type Instance, namespaceOf, type Release, type ReleaseState, resourceKey } from '@fairway/model';
import type { OutsideWatch } from '../target/outside-watch.ts';
import type { TrafficBook } from '../traffic/traffic-book.ts';
import type { LossesBySide } from './side-losses.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** The lane is empty when nothing came to it for so long. */
const LATELY_MS = 10_000;

export interface ReleaseWatchParts {
  readonly book: TrafficBook;
  instances(): Iterable<Instance>;
  readonly losses: LossesBySide;
  readonly outside: OutsideWatch;
  readonly nowMs: () => number;
}

/** What traffic, instances, the ledger and targets tell of a release. */
export function watchRelease(
  { book, instances, losses, outside, nowMs }: ReleaseWatchParts,
  release: Release,
  state: ReleaseState,
  isLaneOff: boolean,
): Observation {
  // When its traffic was last changed.
  const sinceMs = state.appliedMs ?? state.sinceMs;
  const namespace = namespaceOf(release);
  const { lane } = release.spec;
  const seen = (fromMs: number, toMs: number): Seen => {
    if (fromMs >= toMs) return { sides: new Map(), calls: new Map(), windowMs: SECOND_MS };
    const window = { fromMs: Math.min(fromMs, toMs - SECOND_MS), toMs };
    return { ...book.rollup.sides(window, namespace, lane), windowMs: window.toMs - window.fromMs };
  };
  const now = nowMs();
  const services = servicesOf(release);
  const settled = { fromMs: settledMs(release, sinceMs), toMs: book.window(0).toMs };
  const filter = { namespace, lane };
  const recent = { fromMs: now - LATELY_MS, toMs: now };
  const requests = [...book.rollup.edges(recent, filter), ...book.rollup.nodes(recent, filter)];
  return observe(release, {
    // Both sides are compared only over what all agents have told of; a limit is looked at with all that is known.
    since: { ...seen(settled.fromMs, settled.toMs), losses: losses.of(services, lane, settled) },
    minute: seen(Math.max(sinceMs, now - MINUTE_MS), now),
    lately: requests.reduce((sum, one) => sum + one.requests, 0),
    instances: instances(),
    isLaneOff,
    losses: losses.of(services, lane, { fromMs: state.startedMs ?? now, toMs: Number.POSITIVE_INFINITY }),
    runtimeOf: (instance) => book.runtimeOf(instance),
    outside: outside.of(resourceKey(release), release, state),
  });
}
