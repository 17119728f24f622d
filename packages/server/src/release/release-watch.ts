import { type Observation, observe, type Seen } from '@fairway/control';
import { type Instance, namespaceOf, type Release } from '@fairway/model';
import type { TrafficBook } from '../traffic/traffic-book.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** The lane is empty when nothing came to it for so long. */
const LATELY_MS = 10_000;

export interface ReleaseWatchParts {
  readonly book: TrafficBook;
  instances(): Iterable<Instance>;
  readonly nowMs: () => number;
}

/** What traffic and instances tell of a release. `sinceMs`: when its traffic was last changed. */
export function watchRelease(
  parts: ReleaseWatchParts,
  release: Release,
  sinceMs: number,
  isLaneOff: boolean,
): Observation {
  const { book, instances, nowMs } = parts;
  const namespace = namespaceOf(release);
  const { lane } = release.spec;
  const seen = (fromMs: number, toMs: number): Seen => {
    const window = { fromMs: Math.min(fromMs, toMs - SECOND_MS), toMs };
    return { sides: book.rollup.sides(window, namespace, lane), windowMs: window.toMs - window.fromMs };
  };
  const now = nowMs();
  const filter = { namespace, lane };
  const recent = { fromMs: now - LATELY_MS, toMs: now };
  const requests = [...book.rollup.edges(recent, filter), ...book.rollup.nodes(recent, filter)];
  return observe(release, {
    // Both sides are compared only over what all agents have told of; a limit is looked at with all that is known.
    since: seen(sinceMs, book.window(0).toMs),
    minute: seen(Math.max(sinceMs, now - MINUTE_MS), now),
    lately: requests.reduce((sum, one) => sum + one.requests, 0),
    instances: instances(),
    isLaneOff,
  });
}
