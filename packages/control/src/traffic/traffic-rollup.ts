import {
  type EdgeCount,
  type EndpointTraffic,
  type InboundCount,
  type InstanceTraffic,
  TRAFFIC_STEPS,
  type TrafficBounds,
  type TrafficEdge,
  type TrafficNode,
  type TrafficPoint,
  type TrafficReport,
  type TrafficSeries,
  type TrafficStep,
} from '@fairway/model';
import { Level, type LevelBounds, OTHER } from './level.ts';
import { callStatsOf, statsOf, Tally } from './tally.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const MAX_KEYS = 4_000;
/** Of what is counted from the start on. */
const MAX_TOTALS = 1_000;
/** A report older than this is not counted: what was told of its time stands. */
const MAX_LATE_MS = 5 * MINUTE_MS;
/** Windows up to this are read to the second: whole steps of ten, and single ones at both ends. */
const FINE_WINDOW_MS = 4 * MINUTE_MS;

/** What is kept, by step. */
export const TRAFFIC_LEVELS: Readonly<Record<TrafficStep, LevelBounds>> = {
  '1s': { stepMs: SECOND_MS, keepMs: 5 * MINUTE_MS, maxKeys: MAX_KEYS, maxPoints: 40_000 },
  '10s': { stepMs: 10 * SECOND_MS, keepMs: HOUR_MS, maxKeys: MAX_KEYS, maxPoints: 60_000 },
  '5m': { stepMs: 5 * MINUTE_MS, keepMs: 7 * 24 * HOUR_MS, maxKeys: MAX_KEYS, maxPoints: 100_000 },
};

/** Instances and endpoints are kept for windows of minutes alone. */
const DETAIL: LevelBounds = { stepMs: 5 * SECOND_MS, keepMs: 5 * MINUTE_MS, maxKeys: 8_000, maxPoints: 60_000 };

/** Between the parts of a key: in none of them. */
const GAP = ' ';

/** A stretch of time: `[fromMs, toMs)`. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Whose traffic is asked for. */
export interface TrafficFilter {
  /** By the called service or the calling one, in full. */
  readonly service?: string | undefined;
  readonly namespace?: string | undefined;
  /** Lane of the calls; base is ''. */
  readonly lane?: string | undefined;
}

/** What came to one service over the same time, in a lane and in base. */
export interface Sides {
  readonly canary: Tally;
  readonly base: Tally;
}

/** What a lane and base are like beside each other. */
export interface LaneTraffic {
  readonly sides: Map<string, Sides>;
  /** Calls of the lane, wherever they were served: how many a service got, by the service that made them. */
  readonly calls: Map<string, Map<string, number>>;
}

/** What became of a report. */
export type Taken = 'taken' | 'repeated' | 'late';

/**
 * Merges reports of agents into series by edge and lane, and into what instances and endpoints took lately. Memory is
 * bounded whatever is reported. Every `nowMs` is of the control plane's clock; reports say how long ago they are of.
 */
export class TrafficRollup {
  readonly #levels = TRAFFIC_STEPS.map((step) => new Level(TRAFFIC_LEVELS[step]));
  readonly #instances = new Level(DETAIL);
  readonly #endpoints = new Level(DETAIL);
  readonly #totals = new Map<string, Tally>();
  readonly #seqs = new Map<string, number>();
  readonly #lostBy = new Map<string, number>();
  #late = 0;
  #lost = 0;
  #overflowed = 0;

  /** Takes in a report of an instance of a service. Each counts once. */
  add(report: TrafficReport, service: string, nowMs: number): Taken {
    const { instance, seq, spanMs, agoMs, edges, inbound, lostReports, overflowed } = report;
    if (seq <= (this.#seqs.get(instance) ?? 0)) return 'repeated';
    this.#seqs.set(instance, seq);
    this.#lost += Math.max(0, lostReports - (this.#lostBy.get(instance) ?? 0));
    this.#lostBy.set(instance, lostReports);
    if (agoMs > MAX_LATE_MS) {
      this.#late++;
      return 'late';
    }
    this.#overflowed += overflowed;
    const atMs = nowMs - agoMs - spanMs / 2;
    for (const edge of edges) this.#addEdge(edge, service, atMs, nowMs);
    for (const count of inbound) this.#addInbound(count, service, atMs, nowMs);
    return 'taken';
  }

  /** An instance is gone. */
  forget(instance: string): void {
    this.#seqs.delete(instance);
    this.#lostBy.delete(instance);
  }

  #addEdge(edge: EdgeCount, from: string, atMs: number, nowMs: number): void {
    const { service, instance, instanceLane = '', lane } = edge;
    const key = [from, service, lane, instanceLane].join(GAP);
    for (const level of this.#levels) level.at(key, atMs, nowMs)?.addEdge(edge);
    const total = this.#total(key);
    const requests = total.addEdge(edge);
    const detailKey = [service, instance ?? OTHER, instanceLane].join(GAP);
    const detail = this.#instances.at(detailKey, atMs, nowMs);
    detail?.addEdge(edge);
    if (total.isOther || detail?.isOther) this.#overflowed += requests;
  }

  #addInbound(count: InboundCount, service: string, atMs: number, nowMs: number): void {
    const key = ['', service, count.lane, ''].join(GAP);
    for (const level of this.#levels) level.at(key, atMs, nowMs)?.add(count);
    const total = this.#total(key);
    const requests = total.add(count);
    const detail = this.#endpoints.at([service, count.endpoint, count.lane].join(GAP), atMs, nowMs);
    detail?.add(count);
    if (total.isOther || detail?.isOther) this.#overflowed += requests;
  }

  #total(key: string): Tally {
    const known = this.#totals.get(key);
    if (known) return known;
    if (this.#totals.size >= MAX_TOTALS && key !== OTHER) return this.#total(OTHER);
    const tally = new Tally(key === OTHER);
    this.#totals.set(key, tally);
    return tally;
  }

  /** What was not told apart, or not counted. */
  get bounds(): TrafficBounds {
    const oldest = Object.fromEntries(
      this.#levels.map(({ oldestMs }, index) => [TRAFFIC_STEPS[index], oldestMs === undefined ? null : time(oldestMs)]),
    ) as TrafficBounds['oldest'];
    return { overflowed: this.#overflowed, late: this.#late, lost: this.#lost, oldest };
  }

  /** Who called whom, by lane. Rates are over the window, or over `overMs`. */
  edges(window: Window, filter: TrafficFilter, overMs = lengthOf(window)): TrafficEdge[] {
    const isWanted = (key: string) => isEdge(key) && matches(partsOf(key), filter);
    return [...this.#sum(window, isWanted)].map(([key, tally]) => ({
      ...partsOf(key),
      ...statsOf(tally, overMs),
      reasons: { ...tally.reasons },
      ...callStatsOf(tally),
    }));
  }

  /** What services were asked, by lane; rates as of {@link edges}. */
  nodes(window: Window, filter: TrafficFilter, overMs = lengthOf(window)): TrafficNode[] {
    const isWanted = (key: string) => !isEdge(key) && matches(partsOf(key), filter);
    return [...this.#sum(window, isWanted)].map(([key, tally]) => {
      const { to, lane } = partsOf(key);
      return { service: to, lane, ...statsOf(tally, overMs) };
    });
  }

  /**
   * What came to each service of a namespace in a lane, and in base: to instances of the lane by calls of the lane, to those
   * of base by calls of base. A service that nobody with an agent calls tells itself what it was asked in either: that is
   * the whole chain, as those outside see it. Services that were not asked in the lane are left out.
   */
  sides(window: Window, namespace: string, lane: string): LaneTraffic {
    const calls: LaneTraffic['calls'] = new Map();
    const [called, asked] = [new Map<string, Sides>(), new Map<string, Sides>()];
    const isWanted = (key: string) => {
      const parts = partsOf(key);
      return parts.to.startsWith(`${namespace}/`) && (parts.lane === lane || parts.lane === '');
    };
    for (const [key, tally] of this.#sum(window, isWanted)) {
      const { from, to, lane: of, toLane } = partsOf(key);
      if (isEdge(key) && of === lane) {
        const callers = calls.get(to) ?? new Map<string, number>();
        calls.set(to, callers.set(from, (callers.get(from) ?? 0) + tally.requests));
      }
      if (isEdge(key) && toLane !== of) continue;
      const services = isEdge(key) ? called : asked;
      const sides = services.get(to) ?? { canary: new Tally(), base: new Tally() };
      services.set(to, sides);
      sides[of === lane ? 'canary' : 'base'].merge(tally);
    }
    for (const [service, sides] of asked) if (!called.has(service)) called.set(service, sides);
    for (const [service, { canary }] of called) if (canary.requests === 0) called.delete(service);
    return { sides: called, calls };
  }

  #sum({ fromMs, toMs }: Window, isWanted: (key: string) => boolean): Map<string, Tally> {
    const windowMs = toMs - fromMs;
    if (windowMs > FINE_WINDOW_MS) {
      const step = windowMs <= TRAFFIC_LEVELS['10s'].keepMs ? '10s' : '5m';
      return this.#level(step).sum(fromMs, toMs, isWanted);
    }
    const { stepMs } = TRAFFIC_LEVELS['10s'];
    const firstMs = Math.min(toMs, Math.ceil(fromMs / stepMs) * stepMs);
    const lastMs = Math.max(firstMs, Math.floor(toMs / stepMs) * stepMs);
    const sums = this.#level('10s').sum(firstMs, lastMs, isWanted);
    this.#level('1s').sum(fromMs, firstMs, isWanted, sums);
    return this.#level('1s').sum(lastMs, toMs, isWanted, sums);
  }

  #level(step: TrafficStep): Level {
    return this.#levels[TRAFFIC_STEPS.indexOf(step)] as Level;
  }

  /** What one service sent another, or was asked by whoever (`from` null), over time. */
  series(from: string | null, to: string, step: TrafficStep, { fromMs, toMs }: Window): TrafficSeries {
    const lanes: Record<string, TrafficPoint[]> = {};
    for (const [startMs, slot] of this.#level(step).points(fromMs, toMs)) {
      const byLane = new Map<string, Tally>();
      for (const [key, tally] of slot) {
        const parts = partsOf(key);
        if (parts.to !== to || parts.from !== (from ?? '')) continue;
        const sum = byLane.get(parts.lane) ?? new Tally();
        sum.merge(tally);
        byLane.set(parts.lane, sum);
      }
      for (const [lane, tally] of byLane) {
        const point = { at: time(startMs), ...statsOf(tally, TRAFFIC_LEVELS[step].stepMs) };
        if (lanes[lane]) lanes[lane].push(point);
        else lanes[lane] = [point];
      }
    }
    return { step, from, to, lanes };
  }

  /** What came to the instances of a service. The window is of minutes at most. */
  instances(service: string, { fromMs, toMs }: Window): Omit<InstanceTraffic, 'runtime'>[] {
    return [...this.#instances.sum(fromMs, toMs, (key) => key.startsWith(service + GAP))].map(([key, tally]) => {
      const [, instance = '', lane = ''] = key.split(GAP);
      return { instance, lane, ...callStatsOf(tally), ...statsOf(tally, toMs - fromMs) };
    });
  }

  /** What came to the endpoints of a service. The window is of minutes at most. */
  endpoints(service: string, { fromMs, toMs }: Window): EndpointTraffic[] {
    return [...this.#endpoints.sum(fromMs, toMs, (key) => key.startsWith(service + GAP))].map(([key, tally]) => {
      const [, endpoint = '', lane = ''] = key.split(GAP);
      return { endpoint, lane, ...statsOf(tally, toMs - fromMs) };
    });
  }

  /** All since the control plane started; `from` is empty for what services were asked by whoever. */
  *totals(): Generator<{ from: string; to: string; lane: string; toLane: string; tally: Tally }> {
    for (const [key, tally] of this.#totals) yield { ...partsOf(key), tally };
  }
}

function partsOf(key: string): { from: string; to: string; lane: string; toLane: string } {
  if (key === OTHER) return { from: OTHER, to: OTHER, lane: '', toLane: '' };
  const [from = '', to = '', lane = '', toLane = ''] = key.split(GAP);
  return { from, to, lane, toLane };
}

function lengthOf({ fromMs, toMs }: Window): number {
  return toMs - fromMs;
}

function isEdge(key: string): boolean {
  return !key.startsWith(GAP);
}

function matches({ from, to, lane }: ReturnType<typeof partsOf>, filter: TrafficFilter): boolean {
  if (filter.lane !== undefined && filter.lane !== lane) return false;
  if (filter.service !== undefined && filter.service !== from && filter.service !== to) return false;
  const { namespace } = filter;
  return namespace === undefined || from.startsWith(`${namespace}/`) || to.startsWith(`${namespace}/`);
}

function time(ms: number): string {
  // biome-ignore lint/plugin: writes a time that was given, asks for none
  return new Date(ms).toISOString();
}
