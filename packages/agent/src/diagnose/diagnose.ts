import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers';
import { getHeapStatistics } from 'node:v8';
import {
  type AgentLog,
  type Configuration,
  type Diagnose,
  type DiagnosisReport,
  type Findings,
  MAX_DIAGNOSIS_SECONDS,
} from '@fairway/model';
import type { Log } from '../log.ts';
import { profiled } from './cpu-profile.ts';
import { listHandles } from './handles.ts';
import { summarizeHeap } from './heap.ts';
import { watchStalls } from './stalls.ts';

/** What came of a diagnosis, without what all messages have. */
export type Diagnosis = Pick<DiagnosisReport, 'id' | 'findings' | 'refused'>;

/** What the diagnosis needs of the rest of the agent. */
export interface DiagnoserDeps {
  readonly log: Log;
  readonly isDisabled: boolean;
  configuration(): Configuration;
  told(diagnosis: Diagnosis): void;
}

/** How busy the event loop may be for a look that makes it busier, and over how long that is measured. */
const MAX_BUSY = 0.95;
const LOOK_MS = 250;
/** How full the heap may be. */
const MAX_HEAP = 0.9;
const MAX_RESULT_CHARS = 8 * 1024 * 1024;
const MAX_LINES = 1000;
const MAX_LINE_CHARS = 1024;

/** Those that cost the process something. */
const COSTLY: ReadonlySet<Diagnose['kind']> = new Set(['profile', 'stalls', 'heap']);

/** Does what is asked, one after the other is done; each answers once, whatever happens. Never throws. */
export function createDiagnoser(deps: DiagnoserDeps): (ask: Diagnose) => void {
  let isBusy = false;

  async function answer({ id, kind, seconds }: Diagnose): Promise<Diagnosis> {
    if (deps.isDisabled) return { id, refused: 'FAIRWAY_DISABLE of this process names diagnose' };
    if (isBusy) return { id, refused: 'another diagnosis of this process is under way' };
    isBusy = true;
    try {
      const refused = COSTLY.has(kind) ? await overload() : undefined;
      return refused ? { id, refused } : bounded(id, await find(kind, Math.min(seconds, MAX_DIAGNOSIS_SECONDS) * 1000));
    } finally {
      isBusy = false;
    }
  }

  async function find(kind: Diagnose['kind'], forMs: number): Promise<Findings> {
    const meanwhile = () => wait(forMs);
    if (kind === 'profile') return { profile: await profiled(meanwhile) };
    if (kind === 'stalls') return { stalls: await watchStalls(meanwhile) };
    if (kind === 'heap') return { heap: await summarizeHeap(meanwhile) };
    if (kind === 'log') return { log: await heardOf(deps.log, meanwhile) };
    if (kind === 'handles') return { handles: listHandles() };
    return { configuration: deps.configuration() };
  }

  return (ask) => {
    answer(ask)
      .catch((error: unknown) => ({ id: ask.id, refused: printable(error) }))
      .then(deps.told)
      .catch(() => undefined);
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** Why the process must not be burdened; undefined: it may. */
async function overload(): Promise<string | undefined> {
  const { heap_size_limit: limit } = getHeapStatistics();
  const heap = process.memoryUsage().heapUsed / limit;
  if (heap > MAX_HEAP) return `the process is short of memory: its heap is ${percent(heap)} full`;
  const before = performance.eventLoopUtilization();
  await wait(LOOK_MS);
  const { utilization } = performance.eventLoopUtilization(before);
  return utilization > MAX_BUSY
    ? `the process is overloaded: its event loop is ${percent(utilization)} busy`
    : undefined;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function bounded(id: string, findings: Findings): Diagnosis {
  const chars = JSON.stringify(findings).length;
  if (chars <= MAX_RESULT_CHARS) return { id, findings };
  return { id, refused: `what was found takes ${chars} bytes, more than ${MAX_RESULT_CHARS}: ask for fewer seconds` };
}

async function heardOf(log: Log, meanwhile: () => Promise<unknown>): Promise<AgentLog> {
  const lines: string[] = [];
  let dropped = 0;
  const untap = log.tap((line) => {
    if (lines.length < MAX_LINES) lines.push(line.slice(0, MAX_LINE_CHARS));
    else dropped++;
  });
  try {
    await meanwhile();
  } finally {
    untap();
  }
  return { lines, dropped };
}

function printable(error: unknown): string {
  const text = error instanceof Error ? error.message : 'failed';
  return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 256);
}
