import {
  type ComparedService,
  DEED_WORDS,
  type ReleaseEvent,
  type ReleaseStatus,
  type ReleaseStep,
  type Rollout,
} from '@fairway/model';
import { metricText, sureText } from './metric-text.ts';

/** A part of a report, to be written as one likes. */
export type Block =
  | { readonly type: 'heading'; readonly level: 1 | 2; readonly text: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly type: 'traffic'; readonly points: readonly TrafficPoint[] };

/** How much of the traffic entered the lane from a time on. */
export interface TrafficPoint {
  readonly atMs: number;
  readonly percent: number;
}

const PHASES = {
  waiting: 'has not begun',
  running: 'goes on',
  promoting: 'is being promoted',
  rollingBack: 'is being rolled back',
  promoted: 'was promoted',
  rolledBack: 'was rolled back',
} as const;

/** What a release did and why, with the numbers that it was judged by and what was lost while it went on. */
export function releaseReport({ release, author, state }: ReleaseStatus, rollouts: readonly Rollout[]): Block[] {
  const { metadata, spec } = release;
  const why = state.history.findLast(({ what }) => what === 'rollingBack' || what === 'promoted');
  const facts = [
    ['lane', spec.lane],
    ['services', spec.services.join(', ')],
    ['entry', spec.entry.services.join(', ')],
    ['started by', author],
    ['began', state.startedMs === null ? '-' : timeText(state.startedMs)],
    ['ended', state.endedMs === null ? '-' : timeText(state.endedMs)],
  ];
  return [
    { type: 'heading', level: 1, text: `Release ${metadata.name} ${PHASES[state.phase]}` },
    ...(why?.text ? [{ type: 'text' as const, text: why.text }] : []),
    { type: 'table', head: ['', ''], rows: facts },
    { type: 'traffic', points: trafficPoints(release.spec.steps, state.history) },
    { type: 'heading', level: 2, text: 'What happened' },
    { type: 'table', head: ['time (UTC)', 'step', 'what', 'by', 'said'], rows: state.history.map(eventRow) },
    ...judgements(state.history),
    { type: 'heading', level: 2, text: 'What was lost' },
    ...lossBlocks(rollouts),
  ];
}

function eventRow({ atMs, step, what, by, text }: ReleaseEvent): string[] {
  return [timeText(atMs), String(step + 1), DEED_WORDS[what], by ?? 'by itself', text];
}

/** Each time that it was judged, service by service. */
function judgements(history: readonly ReleaseEvent[]): Block[] {
  return history
    .filter(({ services }) => services !== undefined && services.length > 0)
    .flatMap(({ atMs, what, services = [] }): Block[] => [
      { type: 'heading', level: 2, text: `Judged at ${timeText(atMs)}: ${DEED_WORDS[what]}` },
      {
        type: 'table',
        head: ['service', 'metric', 'canary', 'base', 'different', 'verdict'],
        rows: services.flatMap(metricRows),
      },
    ]);
}

const VERDICTS = { fine: 'fine', worse: 'WORSE', tooFew: 'too few requests' } as const;

function metricRows({ service, canary, base, metrics }: ComparedService): string[][] {
  return [
    [service, 'requests', String(canary.requests), String(base.requests), '', ''],
    ...metrics.map((one) => [
      service,
      one.metric,
      metricText(one.metric, one.canary),
      metricText(one.metric, one.base),
      sureText(one.confidence),
      one.origin ? `${VERDICTS[one.verdict]}, from ${one.origin}` : VERDICTS[one.verdict],
    ]),
  ];
}

function lossBlocks(rollouts: readonly Rollout[]): Block[] {
  if (rollouts.length === 0) return [{ type: 'text', text: 'No instance came or went while it went on.' }];
  const lost = rollouts.reduce((sum, one) => sum + one.lost, 0);
  const requests = rollouts.reduce((sum, one) => sum + one.requests, 0);
  const rows = rollouts.map((one) => [
    one.service,
    one.releases.join(', '),
    one.from,
    String(one.instances.length),
    String(one.requests),
    String(one.lost),
  ]);
  return [
    { type: 'text', text: `${lost === 0 ? 'Nothing' : lost} of ${requests} requests while instances came and went.` },
    { type: 'table', head: ['service', 'releases', 'from', 'instances', 'requests', 'lost'], rows },
  ];
}

/** What share entered the lane, from when on; requests that match count as none, since nobody knows how many they are. */
function trafficPoints(steps: readonly ReleaseStep[], history: readonly ReleaseEvent[]): TrafficPoint[] {
  return history.flatMap(({ what, atMs, step }) => {
    if (what === 'created') return [{ atMs, percent: 0 }];
    if (what === 'raising') return [{ atMs, percent: steps[step]?.percent ?? 0 }];
    if (what === 'replaced' || what === 'rollingBack') return [{ atMs, percent: 0 }];
    return what === 'promoted' || what === 'rolledBack' ? [{ atMs, percent: 0 }] : [];
  });
}

function timeText(ms: number): string {
  // biome-ignore lint/plugin: writes a time that was given, asks for none
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** A report as Markdown. */
export function markdownOf(blocks: readonly Block[]): string {
  return `${blocks.map(markdownBlock).filter(Boolean).join('\n\n')}\n`;
}

function markdownBlock(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${plain(block.text)}`;
    case 'text':
      return plain(block.text);
    case 'table':
      return [block.head, block.head.map(() => '---'), ...block.rows]
        .map((row) => `| ${row.map(cell).join(' | ')} |`)
        .join('\n');
    case 'traffic':
      return '';
  }
}

/** Text that is nothing but text in Markdown. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~!]/g, '\\$&').replace(/\s+/g, ' ');
}

function cell(text: string): string {
  return plain(text);
}

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #8888;padding:.25rem .6rem;text-align:left;vertical-align:top}
svg{width:100%;height:8rem}path{fill:#3b82f633;stroke:#3b82f6;stroke-width:1.5;vector-effect:non-scaling-stroke}`;

/** A report as one page that needs nothing else. */
export function htmlOf(blocks: readonly Block[]): string {
  const title = blocks.find((block) => block.type === 'heading')?.text ?? 'Release';
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>`;
  return `<!doctype html>\n<html lang="en"><head>${head}<style>${STYLE}</style></head><body>\n${blocks.map(htmlBlock).join('\n')}\n</body></html>\n`;
}

function htmlBlock(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `<h${block.level}>${escaped(block.text)}</h${block.level}>`;
    case 'text':
      return `<p>${escaped(block.text)}</p>`;
    case 'table':
      return `<table>${row(block.head, 'th')}${block.rows.map((one) => row(one, 'td')).join('')}</table>`;
    case 'traffic':
      return trafficChart(block.points);
  }
}

function row(cells: readonly string[], tag: 'th' | 'td'): string {
  if (cells.every((one) => one === '')) return '';
  return `<tr>${cells.map((one) => `<${tag}>${escaped(one)}</${tag}>`).join('')}</tr>`;
}

/** The share of the traffic over time, in steps. */
function trafficChart(points: readonly TrafficPoint[]): string {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || last.atMs === first.atMs) return '';
  const x = (ms: number) => round((1000 * (ms - first.atMs)) / (last.atMs - first.atMs));
  const lines = points.map(({ atMs, percent }) => `H${x(atMs)}V${round(100 - percent)}`);
  const most = Math.max(...points.map(({ percent }) => percent));
  const label = `Share of the requests that entered the lane over time: ${most} % at most`;
  return `<svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label="${label}"><path d="M0 100${lines.join('')}H1000V100Z"/></svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
