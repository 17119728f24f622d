import type { PointReport } from '@fairway/model';
import type { Meter } from './govern/meter.ts';
import type { PassReason } from './govern/pass.ts';
import type { Hook } from './hook.ts';
import type { PointCounts } from './link/line.ts';
import type { Switch } from './option.ts';

/** A point of interception: its guard, and what it counted. */
export interface Point {
  readonly hook: Hook;
  readonly meter: Meter;
}

/** How a point is. */
export function pointReport({ hook, meter }: Point): PointReport {
  const { name, state, why, errors } = hook;
  const { governed, refused } = meter;
  return { name, state, ...(why === undefined ? {} : { why }), faults: errors, governed, refused, passed: some(meter) };
}

/** A point that was never installed. */
export function disabledReport(name: Switch): PointReport {
  return { name, state: 'off', why: 'FAIRWAY_DISABLE', faults: 0, governed: 0, refused: 0, passed: {} };
}

function some({ passed }: Meter): Partial<Record<PassReason, number>> {
  return Object.fromEntries(Object.entries(passed).filter(([, count]) => count > 0));
}

const WORST: readonly PointReport['state'][] = ['off', 'paused', 'on'];

/** The counts of a process from those of its threads. A point is as well as it is in the thread where it is worst. */
export function mergedCounts(first: PointCounts, others: Iterable<PointCounts>): PointCounts {
  let merged = first;
  for (const other of others) {
    merged = {
      points: merged.points.map((point) =>
        mergedPoint(
          point,
          other.points.find(({ name }) => name === point.name),
        ),
      ),
      droppedLabels: merged.droppedLabels + other.droppedLabels,
    };
  }
  return merged;
}

function mergedPoint(a: PointReport, b: PointReport | undefined): PointReport {
  if (!b) return a;
  const worse = WORST.indexOf(b.state) < WORST.indexOf(a.state) ? b : a;
  const passed = { ...a.passed };
  for (const [reason, count] of Object.entries(b.passed)) passed[reason] = (passed[reason] ?? 0) + count;
  return {
    ...worse,
    faults: a.faults + b.faults,
    governed: a.governed + b.governed,
    refused: a.refused + b.refused,
    passed,
  };
}
