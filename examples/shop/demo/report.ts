import type { Outage, Run } from './run.ts';
import type { Comparison } from './share.ts';
import { textTable } from './text-table.ts';

/** A change must be routed by on every agent this soon after the API's answer. */
const AGENTS_BOUND_MS = 1000;

/** Why a run proves nothing, or that something is wrong; empty when all is well. */
export function problemsOf(run: Run): string[] {
  const { tally, share, scenario } = run;
  const late = run.changes.filter((change) => change.agentsMs > AGENTS_BOUND_MS);
  return [
    ...(tally.failed > 0 ? [`${scenario.title}: ${tally.failed} requests failed`] : []),
    ...(tally.violations > 0 ? [`${scenario.title}: ${tally.violations} requests left their lane`] : []),
    ...(share && !share.plausible ? [`${scenario.title}: share ${percent(share.measured)} is not by chance`] : []),
    ...late.map(
      (change) => `${scenario.title}: "${change.change}" took ${change.agentsMs.toFixed(0)} ms to reach all agents`,
    ),
    ...tally.examples.map((example) => `  ${example}`),
  ];
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}

function interval(share: Comparison): string {
  return `${(share.low * 100).toFixed(2)}..${(share.high * 100).toFixed(2)} %`;
}

const HEAD = ['scenario', 'requests', 'failed', 'violations', 'gray', 'expected', '95 % interval', 'seconds', 'req/s'];

/** The table of all runs. */
export function runTable(runs: readonly Run[]): string {
  const rows = runs.map(({ scenario, tally, share, seconds }) => [
    scenario.title,
    String(tally.requests),
    String(tally.failed),
    String(tally.violations),
    percent(tally.gray / Math.max(tally.plain, 1)),
    share ? percent(share.expected) : 'varied',
    share ? interval(share) : '-',
    seconds.toFixed(1),
    (tally.requests / seconds).toFixed(0),
  ]);
  return textTable(HEAD, rows);
}

/** Says it when shares lie outside their 95 % interval, which one correct run in twenty does; null: none. */
export function outsideNote(runs: readonly Run[]): string | null {
  const outside = runs.filter(({ share }) => share && (share.measured < share.low || share.measured > share.high));
  if (outside.length === 0) return null;
  const titles = outside.map(({ scenario }) => scenario.title).join('; ');
  return `Outside the 95 % interval: ${titles}. Chance does that once in 20 runs; beyond 9,999 of 10,000 the check fails.`;
}

/** What happened beside the requests, in a sentence; null: nothing. */
export function besides(run: Run): string | null {
  if (run.outage) return outageText(run.outage);
  return run.changes.length > 0 ? changesText(run) : null;
}

function outageText({ seconds, requests, relinkedSeconds }: Outage): string {
  return [
    `The control plane was killed for ${seconds.toFixed(1)} s, in which ${requests} requests were answered;`,
    `started again, it had all agents back in ${relinkedSeconds.toFixed(1)} s.`,
  ].join(' ');
}

function changesText({ changes, tally }: Run): string {
  const slowest = (of: 'agentsMs' | 'gatewayMs') => Math.max(...changes.map((change) => change[of])).toFixed(0);
  return [
    `${changes.length} lane changes: all agents routed by each at most ${slowest('agentsMs')} ms after the API's answer,`,
    `NGINX at most ${slowest('gatewayMs')} ms; ${tally.rolledBack} requests left the canary because it was switched under them.`,
  ].join(' ');
}

/** The runs as one JSON document. */
export function runsAsJson(runs: readonly Run[]): string {
  const items = runs.map((run) => {
    const { scenario, tally, share, seconds, changes, outage } = run;
    return { scenario: scenario.title, ...tally, share, seconds, changes, outage, problems: problemsOf(run) };
  });
  return JSON.stringify({ ok: items.every((item) => item.problems.length === 0), runs: items }, null, 2);
}
