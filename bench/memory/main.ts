// What a process holds after very many requests, while the lanes and instances that it may call change all along; a bare
// one is asked in turn, for comparison.
import { startControlPlane } from '../control-plane.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import type { Quartiles } from '../quartiles.ts';
import type { Runtime } from '../runtime.ts';
import { type Changes, Churn } from './churn.ts';
import { growth, type Point } from './growth.ts';
import { BACKEND, INSTANCE_HOSTS, PORT, Stage } from './stage.ts';

/** What one process held, and by how much it grew (bytes per 100,000 requests, over the second half). */
export interface MemoryResult {
  readonly variant: string;
  readonly changes: Changes;
  readonly points: readonly Point[];
  readonly heapGrowth: Quartiles;
  readonly rssGrowth: Quartiles;
}

export interface MemoryOptions {
  /** For each process. */
  readonly requests: number;
  /** Called with how far it is. */
  readonly tell: (text: string) => void;
}

const POINTS = 20;
const LANES = 16;
const CONNECTIONS = 32;

/** Names of lanes that were never used before. */
function newLanes(n: number): string[] {
  return Array.from({ length: LANES }, (_, i) => `lane-${n}-${i}`);
}

function targets(origin: string, lanes: readonly string[]) {
  const url = `${origin}/`;
  return [{ url, headers: {} }, ...lanes.map((lane) => ({ url, headers: { 'x-fairway-lane': lane } }))];
}

async function measureAll(stage: Stage, churn: Churn, { requests, tell }: MemoryOptions): Promise<void> {
  const generator = await LoadGenerator.start();
  const step = Math.ceil(requests / POINTS);
  try {
    for (let n = 1; n <= POINTS; n++) {
      tell(`${((n - 1) * step).toLocaleString('en')} of ${requests.toLocaleString('en')} requests`);
      for (const subject of stage.subjects) {
        const lanes = newLanes(n);
        const order = { targets: targets(subject.origin, lanes), requests: step, connections: CONNECTIONS };
        const { failed } = await churn.during(lanes, generator.count(order));
        if (failed > 0) throw new Error(`${subject.variant}: ${failed} of ${step} requests failed`);
        await stage.note(subject, n * step);
      }
    }
  } finally {
    await generator.stop();
  }
}

/** Measures on one Node.js. Takes as long as the requests take, and ends by itself. */
export async function measureMemory(runtime: Runtime, options: MemoryOptions): Promise<MemoryResult[]> {
  const plane = await startControlPlane();
  try {
    const stage = await Stage.set(runtime, plane);
    try {
      const churn = new Churn(plane, BACKEND, INSTANCE_HOSTS, PORT);
      await measureAll(stage, churn, options);
      await stage.assertNothingLeft(plane);
      return stage.subjects.map(({ variant, points }) => ({
        variant,
        changes: churn.changes,
        points,
        heapGrowth: growth(points, 'heapBytes'),
        rssGrowth: growth(points, 'rssBytes'),
      }));
    } finally {
      await stage.strike();
    }
  } finally {
    await plane.close();
  }
}
