// One decision in the core, over worlds of growing size.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { table } from './markdown.ts';
import type { Quartiles } from './quartiles.ts';

const SCRIPT = fileURLToPath(new URL('../packages/core/src/decision.bench.ts', import.meta.url));

interface DecisionResult {
  readonly instances: number;
  readonly rules: number;
  readonly headers: number;
  /** One call with all that its caller knows of the instances, by this algorithm; absent: a decision. */
  readonly algorithm?: string;
  readonly nanoseconds: Quartiles;
}

/** Runs the core's own benchmark, in a process of its own. */
export async function measureDecision(): Promise<readonly DecisionResult[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, '--json']);
  return JSON.parse(stdout);
}

/** One line for each size of the world. */
export function decisionTable(results: readonly DecisionResult[]): string {
  const head = ['what', 'instances', 'route rules', 'headers asked', 'median', 'quartiles'];
  const rows = results.map(({ algorithm, instances, rules, headers, nanoseconds: { p25, p50, p75 } }) => [
    algorithm ? `call, ${algorithm}` : 'decision',
    instances.toLocaleString('en'),
    String(rules),
    rules === 0 ? '–' : String(headers),
    `${p50} ns`,
    `${p25}–${p75}`,
  ]);
  return table(head, rows);
}
