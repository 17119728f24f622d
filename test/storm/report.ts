import type { FaultResult } from './fault.ts';
import type { Failure } from './load.ts';
import type { RollingResult } from './rolling.ts';
import type { ShopResult } from './shop.ts';
import type { ColdStart, Tenth } from './warm-up.ts';

function total(result: Pick<RollingResult, 'flows'>): { sent: number; failed: number } {
  const counts = Object.values(result.flows);
  return {
    sent: counts.reduce((sum, { sent }) => sum + sent, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function reasons(failures: readonly Pick<Failure, 'why'>[]): string {
  const counts = new Map<string, number>();
  for (const { why } of failures) counts.set(why, (counts.get(why) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([why, count]) => `${why} ${count}`).join(', ') || '–';
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function rows(name: string, result: Pick<ShopResult, 'flows' | 'failures' | 'seconds'>): string[] {
  const of = (flow: string) => result.failures.filter((failure) => failure.flow === flow.replace(/^agent, /, ''));
  const { sent, failed } = total(result);
  const perSecond = Math.round(sent / result.seconds);
  const all = `| **${name}** | ${sent.toLocaleString('en')} (${perSecond}/s) | **${failed}** | ${reasons(result.failures)} |`;
  const flows = Object.entries(result.flows).map(
    ([flow, count]) => `| ${flow} | ${count.sent.toLocaleString('en')} | ${count.failed} | ${reasons(of(flow))} |`,
  );
  return [all, ...flows];
}

/** What was lost, with Fairway and without, as a table of Markdown. */
export function table(governed: RollingResult, without: RollingResult | undefined): string {
  const took = (result: RollingResult) =>
    `${result.instancesReplaced} instances replaced; each left within ${Math.round(median(result.leaveMs))} ms (median), ${Math.round(Math.max(...result.leaveMs))} ms at most`;
  return [
    '| | requests | lost | why |',
    '| --- | --- | --- | --- |',
    ...rows('with Fairway', governed),
    ...(without ? rows('without', without) : []),
    '',
    `With Fairway: ${took(governed)}.`,
    ...(without ? [`Without: ${took(without)}.`] : []),
  ].join('\n');
}

/** What clients of the shop lost while all of it was replaced, as a table of Markdown. */
export function shopTable(result: ShopResult): string {
  const replaced = Object.entries(result.replaced).map(([service, count]) => `${service} ${count}`);
  return [
    '| | requests | lost | why |',
    '| --- | --- | --- | --- |',
    ...rows('the shop', result),
    '',
    `Instances replaced: ${replaced.join(', ')}.`,
  ].join('\n');
}

/** What faults cost, as a table of Markdown. */
export function faultTable(results: readonly FaultResult[]): string {
  const rows = results.map(
    ({ name, allowed, sent, limit, failures, ledger, note }) =>
      `| ${name} | ${sent.toLocaleString('en')} | ${failures.length} | ${ledger} | ${limit} (${allowed}) | ${reasons(failures)} | ${note} |`,
  );
  return [
    '| fault | requests | lost | by the ledger | may be lost | why | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** What share a new instance got in each tenth of its warm-up, by who balanced, as a table of Markdown. */
export function sharesTable(shares: Readonly<Record<string, readonly Tenth[]>>): string {
  const rows = Object.entries(shares).flatMap(([via, tenths]) => [
    `| ${via} | ${tenths.map(({ share }) => percent(share)).join(' | ')} |`,
    `| the curve | ${tenths.map(({ expected }) => percent(expected)).join(' | ')} |`,
  ]);
  const count = Math.max(...Object.values(shares).map(({ length }) => length));
  const tenths = Array.from({ length: count }, (_, i) => i + 11 - count);
  return [`| tenth | ${tenths.join(' | ')} |`, `| --- |${' --- |'.repeat(count)}`, ...rows].join('\n');
}

/** What an instance costs that is slow in its first seconds, as a table of Markdown. */
export function coldStartTable(coldStarts: Readonly<Record<string, ColdStart>>): string {
  const rows = Object.entries(coldStarts).map(([name, { steadyP99Ms, newP99Ms, failures }]) => {
    const ratio = (newP99Ms / steadyP99Ms).toFixed(2);
    return `| ${name} | ${steadyP99Ms.toFixed(0)} ms | ${newP99Ms.toFixed(0)} ms | ${ratio} | ${failures.length} | ${reasons(failures)} |`;
  });
  return [
    '| | p99 before | p99 while it is new | ratio | failed | why |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
