import { type JudgeOptions, judge } from './judge.ts';
import type { Outcome } from './load.ts';
import { COPIES, type Release } from './plan.ts';
import { textTable } from './text-table.ts';

/** Counts of one service for requests of one lane. */
interface Cell {
  requests: number;
  fallbacks: number;
  strays: number;
}

/** What the steady traffic showed, over the last seconds and since the start. */
export interface Board {
  add(outcome: Outcome, options: JudgeOptions): void;
  /** The table as text. Counts older than the window are left out of it. */
  render(nowMs: number): string;
  readonly requests: number;
  readonly failed: number;
  readonly violations: number;
}

interface Entry {
  readonly atMs: number;
  readonly lane: Release;
  readonly services: readonly string[];
  readonly fellBack: readonly string[];
  readonly strayed: readonly string[];
}

/** Counts over a sliding window of `windowMs`, by service and by the lane of the request. */
export function newBoard(windowMs: number): Board {
  let recent: Entry[] = [];
  let last = '';
  const total = { requests: 0, failed: 0, violations: 0 };
  return {
    add(outcome, options) {
      const { intent, result, endedMs } = outcome;
      total.requests += 1;
      if ('error' in result) {
        total.failed += 1;
        last = result.error.message;
        return;
      }
      const { trail } = result.reply;
      const { lane, fellBack, strayed, violations } = judge(intent, trail, options);
      if (violations.length > 0) total.violations += 1;
      last = violations[0] ?? last;
      recent.push({ atMs: endedMs, lane, services: trail.map((hop) => hop.service), fellBack, strayed });
    },
    render(nowMs) {
      recent = recent.filter((entry) => entry.atMs > nowMs - windowMs);
      const sums = `${total.requests} requests, ${total.failed} failed, ${total.violations} left their lane`;
      return `${laneTable(recent)}\n\nsince the start: ${sums}${last ? `\nlast trouble: ${last}` : ''}`;
    },
    get requests() {
      return total.requests;
    },
    get failed() {
      return total.failed;
    },
    get violations() {
      return total.violations;
    },
  };
}

function laneTable(entries: readonly Entry[]): string {
  const services = countByService(entries);
  const rows = Object.keys(COPIES).flatMap((service) => {
    const lanes = services.get(service) ?? new Map<Release, Cell>();
    const sum = [...lanes.values()].reduce((all, cell) => all + cell.requests, 0);
    return [...lanes].sort().map(([lane, { requests, fallbacks, strays }]) => {
      const share = `${((requests / sum) * 100).toFixed(1)} %`;
      return [service, lane, String(requests), share, String(fallbacks), String(strays)];
    });
  });
  return textTable(['service', 'lane', 'requests', 'share', 'fell back to base', 'violations'], rows);
}

function countByService(entries: readonly Entry[]): Map<string, Map<Release, Cell>> {
  const services = new Map<string, Map<Release, Cell>>();
  for (const { lane, services: passed, fellBack, strayed } of entries) {
    for (const service of passed) cellOf(services, service, lane).requests += 1;
    for (const service of fellBack) cellOf(services, service, lane).fallbacks += 1;
    for (const service of strayed) cellOf(services, service, lane).strays += 1;
  }
  return services;
}

function cellOf(services: Map<string, Map<Release, Cell>>, service: string, lane: Release): Cell {
  const lanes = services.get(service) ?? new Map<Release, Cell>();
  services.set(service, lanes);
  const cell = lanes.get(lane) ?? { requests: 0, fallbacks: 0, strays: 0 };
  lanes.set(lane, cell);
  return cell;
}
