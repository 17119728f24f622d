import type { Tally } from '@fairway/control';
import type { TrafficBook } from './traffic-book.ts';

const BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
const MS_A_SECOND = 1_000;

type Labels = Readonly<Record<string, string>>;

/** Metrics in the text format of Prometheus, 0.0.4. */
class Page {
  readonly #lines: string[] = [];

  head(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }

  value(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    this.#lines.push(`${name}${pairs.length > 0 ? `{${pairs.join()}}` : ''} ${value}`);
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** The fleet by numbers. */
export interface FleetGauges {
  readonly connected: number;
  /** By state. */
  readonly instances: Readonly<Record<string, number>>;
}

/** The page that Prometheus scrapes: totals since the control plane started. At most 1,000 series of edges are told apart. */
export function metricsPage(book: TrafficBook, { connected, instances }: FleetGauges): string {
  const page = new Page();
  const totals = [...book.rollup.totals()].map(({ from, to, lane, toLane, tally }) => {
    const labels: Labels = from === '' ? { service: to, lane } : { from, to, lane, to_lane: toLane };
    return { isEdge: from !== '', labels, tally };
  });
  const edges = totals.filter(({ isEdge }) => isEdge);
  const served = totals.filter(({ isEdge }) => !isEdge);
  tell(page, 'fairway_requests', 'Calls between services, by the account of the callers.', edges);
  page.head('fairway_attempts_replaced_total', 'counter', 'Attempts in whose place another was made.');
  for (const { labels, tally } of edges) page.value('fairway_attempts_replaced_total', labels, tally.retried);
  tell(page, 'fairway_served', 'Requests that services were asked, by their own account.', served);
  page.head('fairway_agents_connected', 'gauge', 'Agents whose stream is open.');
  page.value('fairway_agents_connected', {}, connected);
  page.head('fairway_instances', 'gauge', 'Instances in the directory.');
  for (const [state, count] of Object.entries(instances)) page.value('fairway_instances', { state }, count);
  page.head('fairway_traffic_reports_total', 'counter', 'Reports of traffic that came.');
  for (const [result, count] of Object.entries(book.received))
    page.value('fairway_traffic_reports_total', { result }, count);
  const { overflowed, lost } = book.rollup.bounds;
  page.head('fairway_traffic_lost_reports_total', 'counter', 'Reports of traffic that agents could not deliver.');
  page.value('fairway_traffic_lost_reports_total', {}, lost);
  page.head(
    'fairway_traffic_overflowed_requests_total',
    'counter',
    'Requests whose edge or endpoint was one too many.',
  );
  page.value('fairway_traffic_overflowed_requests_total', {}, overflowed);
  return page.toString();
}

type Totals = readonly { readonly labels: Labels; readonly tally: Tally }[];

function tell(page: Page, name: string, help: string, totals: Totals): void {
  page.head(`${name}_total`, 'counter', help);
  for (const { labels, tally } of totals) {
    for (const [outcome, count] of Object.entries(tally.outcomes))
      page.value(`${name}_total`, { ...labels, outcome }, count);
  }
  const duration = `${name}_duration_seconds`;
  page.head(duration, 'histogram', 'Until the head of the answer, or until the failure.');
  for (const { labels, tally } of totals) {
    const { latencies, sumMs } = tally;
    for (const ms of BOUNDS_MS) {
      page.value(`${duration}_bucket`, { ...labels, le: String(ms / MS_A_SECOND) }, latencies.atMost(ms));
    }
    page.value(`${duration}_bucket`, { ...labels, le: '+Inf' }, latencies.total);
    page.value(`${duration}_sum`, labels, sumMs / MS_A_SECOND);
    page.value(`${duration}_count`, labels, latencies.total);
  }
}
