import { clearTimeout, setTimeout } from 'node:timers';
import { type Dice, TrafficMeter } from '@fairway/core';
import { DEFAULT_PACE_MS, type TrafficReport } from '@fairway/model';
import { nowMs } from '../clock.ts';
import type { RuntimeWatch } from './runtime-watch.ts';

/** What a thread measured, without what all reports of the process have. */
export type Measured = Omit<TrafficReport, 'version' | 'instance' | 'seq' | 'agoMs' | 'lostReports'>;

/** What the measuring needs of the rest of the agent. */
export interface MeasureDeps {
  readonly dice: Dice;
  /** Runs outside of all requests of the application. */
  outside(step: () => void): void;
  /** Calls under way, by the service called. */
  inFlight(): Record<string, number>;
  /** undefined: this is a worker thread. */
  readonly runtime: RuntimeWatch | undefined;
  told(measured: Measured): void;
}

/** Measures the traffic of one thread, and tells it again and again. */
export interface Measure {
  readonly meter: TrafficMeter;
  /** There is a plan: from now on it is told. */
  start(): void;
  /** How often from now on. 0: never, and nothing is counted. */
  pace(everyMs: number): void;
  /** Tells what was counted since it told before; the process is about to end. */
  finish(): void;
}

/** Creates it; it counts at once, and tells nothing before `start`. `isOn` false: neither, ever. */
export function createMeasure(deps: MeasureDeps, isOn: boolean): Measure {
  const meter = new TrafficMeter();
  meter.isOn = isOn;
  let everyMs = DEFAULT_PACE_MS;
  let sinceMs = nowMs();
  let isStarted = false;
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    const atMs = nowMs();
    const runtime = deps.runtime?.take();
    const measured = {
      spanMs: Math.round(atMs - sinceMs),
      ...meter.take(),
      inFlight: deps.inFlight(),
      ...(runtime ? { runtime } : {}),
    };
    sinceMs = atMs;
    if (runtime || measured.edges.length + measured.inbound.length > 0) deps.told(measured);
  }

  /** The first time at a random moment: agents that begin together do not tell together. */
  function arm(waitMs: number): void {
    clearTimeout(timer);
    if (!meter.isOn) return;
    deps.outside(() => {
      timer = setTimeout(() => {
        arm(everyMs);
        tell();
      }, waitMs).unref();
    });
  }

  return {
    meter,
    start() {
      if (isStarted || !isOn) return;
      isStarted = true;
      if (!meter.isOn) return;
      deps.runtime?.start();
      arm(deps.dice() * everyMs);
    },
    pace(wantedMs) {
      if (wantedMs === everyMs || !isOn) return;
      everyMs = wantedMs;
      meter.isOn = wantedMs > 0;
      if (!meter.isOn) meter.take();
      if (!isStarted) return;
      if (meter.isOn) deps.runtime?.start();
      else deps.runtime?.stop();
      arm(deps.dice() * everyMs);
    },
    finish() {
      if (isStarted && meter.isOn) tell();
    },
  };
}
