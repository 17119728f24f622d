import {
  type EventLoopUtilization,
  type IntervalHistogram,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';
import type { RuntimeHealth } from '@fairway/model';
import { nowMs } from '../clock.ts';

const RESOLUTION_MS = 20;
const NS_A_MS = 1e6;
const US_A_MS = 1e3;

/** How this process is. Costs nothing until it is started, and then 50 short wake-ups a second. */
export interface RuntimeWatch {
  start(): void;
  stop(): void;
  /** Since the time before, or the start. undefined: it is not started. */
  take(): RuntimeHealth | undefined;
}

interface Mark {
  readonly atMs: number;
  readonly cpu: NodeJS.CpuUsage;
  readonly loop: EventLoopUtilization;
}

/** Creates a watch that is not started. */
export function createRuntimeWatch(): RuntimeWatch {
  let gcMs = 0;
  let since: Mark | undefined;
  let delay: IntervalHistogram | undefined;
  let collections: PerformanceObserver | undefined;
  const mark = (): Mark => ({ atMs: nowMs(), cpu: process.cpuUsage(), loop: performance.eventLoopUtilization() });

  return {
    start() {
      if (since) return;
      since = mark();
      delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      delay.enable();
      collections = new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) gcMs += duration;
      });
      collections.observe({ entryTypes: ['gc'] });
    },
    stop() {
      since = undefined;
      delay?.disable();
      collections?.disconnect();
    },
    take() {
      if (!since || !delay) return undefined;
      const before = since;
      since = mark();
      const { user, system } = process.cpuUsage(before.cpu);
      const { rss, heapUsed } = process.memoryUsage();
      const health = {
        cpu: round((user + system) / US_A_MS / Math.max(1, since.atMs - before.atMs)),
        rssBytes: rss,
        heapBytes: heapUsed,
        loopBusy: round(Math.min(1, performance.eventLoopUtilization(since.loop, before.loop).utilization || 0)),
        loopDelayMaxMs: late(delay.max),
        loopDelayP99Ms: late(delay.percentile(99)),
        gcMs: round(gcMs),
      };
      delay.reset();
      gcMs = 0;
      return health;
    },
  };
}

/** The monitor counts its own interval in. */
function late(ns: number): number {
  const ms = ns / NS_A_MS - RESOLUTION_MS;
  return ms > 0 && Number.isFinite(ms) && ms < 1e9 ? round(ms) : 0;
}

function round(value: number): number {
  return Math.round(value * US_A_MS) / US_A_MS;
}
