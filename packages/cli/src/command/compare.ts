import { setTimeout as delay } from 'node:timers/promises';
import type { Client, ComparisonQuery } from '@fairway/client';
import { type ComparedMetric, DURATION_PATTERN, durationMs, type LaneComparison, type Verdict } from '@fairway/model';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import {
  addConnection,
  addNamespace,
  command,
  namespaceOption,
  parseForm,
  parseWhole,
  type RemoteOptions,
} from '../option.ts';
import { show, TERMINAL, TOO_LITTLE_STATUS, table } from '../terminal.ts';

interface CompareOptions extends RemoteOptions {
  readonly namespace?: string;
  readonly window?: string;
  readonly minRequests?: number;
  readonly errorMargin?: number;
  readonly lossMargin?: number;
  readonly latencyMargin?: number;
  readonly latencyFloor?: number;
  readonly for?: string;
}

/** Exit status of each verdict. */
const STATUS: Readonly<Record<Verdict, number>> = { fine: 0, worse: 1, tooFew: TOO_LITTLE_STATUS };
const SAID: Readonly<Record<Verdict, string>> = { fine: 'fine', worse: 'WORSE', tooFew: 'too few requests' };
const AGAIN_MS = 2_000;

const HEAD = ['SERVICE', 'METRIC', 'CANARY', 'BASE', 'DIFFERENT', 'VERDICT'];

/** As they are called in the table; shares are of the requests. */
const NAMES = { errorShare: 'errors', lostShare: 'lost', p50Ms: 'p50', p90Ms: 'p90' } as const;

function valueText(metric: ComparedMetric['metric'], value: number | null): string {
  if (value === null) return '-';
  return metric.endsWith('Share') ? `${(value * 100).toFixed(2)}%` : `${value.toFixed(1)} ms`;
}

function comparisonText({ namespace, lane, at, windowMs, verdict, services }: LaneComparison): string {
  const rows = services.flatMap(({ service, canary, base, metrics }) => [
    [service, 'requests', String(canary.requests), String(base.requests)],
    ...metrics.map((one) => [
      '',
      NAMES[one.metric],
      valueText(one.metric, one.canary),
      valueText(one.metric, one.base),
      `${(Math.floor(one.confidence * 1000) / 10).toFixed(1)}%`,
      one.origin ? `${SAID[one.verdict]}, from ${one.origin}` : SAID[one.verdict],
    ]),
  ]);
  return [
    `lane ${namespace}/${lane} against base, ${Math.round(windowMs / 1000)} s to ${at.slice(11, 19)} UTC: ${SAID[verdict]}`,
    rows.length > 0 ? table(HEAD, rows) : 'no service was asked in the lane',
  ].join('\n');
}

/** Asks again and again; at once where it is worse, else when the time is up. */
async function observed(client: Client, query: ComparisonQuery, forMs: number, isJson: boolean) {
  const startMs = performance.now();
  for (;;) {
    const comparison = await client.comparison(query);
    const leftMs = forMs - (performance.now() - startMs);
    if (comparison.verdict === 'worse' || leftMs <= 0) return comparison;
    if (!isJson) TERMINAL.say(`${SAID[comparison.verdict]}; ${Math.ceil(leftMs / 1000)} s left`);
    await delay(Math.min(AGAIN_MS, leftMs));
  }
}

const time = (name: string) => parseForm(name, new RegExp(DURATION_PATTERN), 'a time as 60s or 5m');

function margin(name: string): (text: string) => number {
  const checked = parseForm(name, /^\d+(?:\.\d+)?$/, 'a number as 0.1');
  return (text) => Number(checked(text));
}

async function tellComparison(lane: string, options: CompareOptions): Promise<void> {
  const { window, minRequests, errorMargin, lossMargin, latencyMargin, latencyFloor: latencyFloorMs } = options;
  const { json = false } = options;
  const limits = { minRequests, errorMargin, lossMargin, latencyMargin, latencyFloorMs };
  const query = { namespace: namespaceOption(options), lane, window, ...limits };
  const forMs = options.for === undefined ? 0 : durationMs(options.for);
  const comparison = await observed(await connect(options), query, forMs, json);
  show(json, comparison, () => comparisonText(comparison));
  process.exitCode = STATUS[comparison.verdict];
}

/** `fairway compare`. */
export function compareCommand(): Command {
  const examples = ['fairway compare gray -n shop', 'fairway compare gray -n shop --for 10m --min-requests 500'];
  const summary = 'Judge a lane against base, service by service: exit status 0 fine, 1 worse, 9 too few requests';
  return addNamespace(addConnection(command('compare', summary, examples)))
    .argument('<lane>')
    .option('--window <time>', 'over how long, 1s to 168h (default: since the lane was changed)', time('--window'))
    .option(
      '--min-requests <n>',
      'each side must have had (default: 100)',
      parseWhole('--min-requests', 1, 1_000_000_000),
    )
    .option(
      '--error-margin <share>',
      'more errors are allowed, of all requests (default: 0.005)',
      margin('--error-margin'),
    )
    .option(
      '--loss-margin <share>',
      'more calls may be lost, of all requests (default: 0.001)',
      margin('--loss-margin'),
    )
    .option(
      '--latency-margin <share>',
      'more latency is allowed, of that of base (default: 0.1)',
      margin('--latency-margin'),
    )
    .option('--latency-floor <ms>', 'more latency is allowed in any case (default: 5)', margin('--latency-floor'))
    .option('--for <time>', 'go on looking for so long; ends at once when it is worse', time('--for'))
    .action(tellComparison);
}
