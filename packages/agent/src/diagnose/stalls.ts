import { clearInterval, setInterval } from 'node:timers';
import type { CpuProfile, Frame, Stall, Stalls } from '@fairway/model';
import { nowMs } from '../clock.ts';
import { profiled } from './cpu-profile.ts';
import { frameOf, MAX_FRAMES } from './frame.ts';

/** The event loop is looked at so often; one that is late by `THRESHOLD_MS` stalled. */
const LOOK_MS = 10;
const THRESHOLD_MS = 50;
const MAX_STALLS = 20;
const MAX_STACKS = 3;
const US_A_MS = 1000;

/** A time, from the start of the watch. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Watches the event loop for as long as `meanwhile` takes. */
export async function watchStalls(meanwhile: () => Promise<unknown>): Promise<Stalls> {
  const spans: Span[] = [];
  let startMs = 0;
  let lastMs = 0;
  let endMs = 0;
  const look = () => {
    const atMs = nowMs() - startMs;
    if (atMs - lastMs - LOOK_MS >= THRESHOLD_MS) spans.push({ fromMs: lastMs, toMs: atMs });
    lastMs = atMs;
  };
  const profile = await profiled(async () => {
    startMs = nowMs();
    const timer = setInterval(look, LOOK_MS).unref();
    try {
      await meanwhile();
      look();
    } finally {
      clearInterval(timer);
      endMs = nowMs() - startMs;
    }
  });
  return stallsOf(spans, profile, endMs);
}

/** Puts what was seen late together with what ran then. The watch began when the profile did. */
export function stallsOf(spans: readonly Span[], profile: CpuProfile, watchedMs: number): Stalls {
  const longest = [...spans].sort((a, b) => lengthOf(b) - lengthOf(a)).slice(0, MAX_STALLS);
  const stacks = stackReader(profile);
  return {
    thresholdMs: THRESHOLD_MS,
    watchedMs: rounded(watchedMs),
    count: spans.length,
    totalMs: rounded(spans.reduce((sum, span) => sum + lengthOf(span), 0)),
    longest: longest
      .sort((a, b) => a.fromMs - b.fromMs)
      .map((span): Stall => ({ atMs: rounded(span.fromMs), tookMs: rounded(lengthOf(span)), stacks: stacks(span) })),
  };
}

/** Reads from a profile what ran most in a span of time. */
function stackReader({ nodes, samples, timeDeltas }: CpuProfile): (span: Span) => Stall['stacks'] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const times: number[] = [];
  let atUs = 0;
  for (const delta of timeDeltas) {
    atUs += delta;
    times.push(atUs / US_A_MS);
  }

  function framesOf(id: number): Frame[] {
    const frames: Frame[] = [];
    for (let at: number | undefined = id; at !== undefined && frames.length < MAX_FRAMES; at = parents.get(at)) {
      const node = byId.get(at);
      if (node && parents.has(at)) frames.push(frameOf(node.callFrame));
    }
    return frames;
  }

  return ({ fromMs, toMs }) => {
    const hits = new Map<number, number>();
    let total = 0;
    samples.forEach((id, i) => {
      const atMs = times[i] ?? 0;
      if (atMs < fromMs || atMs > toMs || isIdle(byId.get(id))) return;
      total++;
      hits.set(id, (hits.get(id) ?? 0) + 1);
    });
    return [...hits]
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_STACKS)
      .map(([id, count]) => ({ share: Math.round((count / total) * 1000) / 1000, frames: framesOf(id) }));
  };
}

const IDLE = new Set(['(idle)', '(root)']);

function isIdle(node: CpuProfile['nodes'][number] | undefined): boolean {
  return !node || IDLE.has(node.callFrame.functionName);
}

function lengthOf({ fromMs, toMs }: Span): number {
  return toMs - fromMs;
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
