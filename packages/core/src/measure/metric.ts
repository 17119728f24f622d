import type { Latencies } from '@fairway/model';

/** What tells points of a metric apart. */
export type MetricLabels = Readonly<Record<string, string>>;

/** A number that is told to whoever collects such. Counters end in `_total`, latencies in `_seconds`. */
export type Metric = { readonly name: string; readonly help: string } & (
  | {
      readonly type: 'counter' | 'gauge';
      readonly points: readonly { readonly labels: MetricLabels; readonly value: number }[];
    }
  | {
      readonly type: 'histogram';
      readonly points: readonly {
        readonly labels: MetricLabels;
        readonly latencies: Latencies;
        readonly sumMs: number;
      }[];
    }
);

/** Bounds of the buckets of histograms. */
export const METRIC_BOUNDS_MS: readonly number[] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
const MS_A_SECOND = 1_000;

/** Metrics as Prometheus scrapes them: its text format, 0.0.4. */
export function prometheusPage(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap((metric) => {
    const { name, type, help } = metric;
    const values =
      metric.type === 'histogram'
        ? metric.points.flatMap((point) => histogramLines(name, point))
        : metric.points.map(({ labels, value }) => line(name, labels, value));
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values];
  });
  return `${lines.join('\n')}\n`;
}

function histogramLines(
  name: string,
  { labels, latencies, sumMs }: { labels: MetricLabels; latencies: Latencies; sumMs: number },
): string[] {
  return [
    ...METRIC_BOUNDS_MS.map((ms) =>
      line(`${name}_bucket`, { ...labels, le: String(ms / MS_A_SECOND) }, latencies.atMost(ms)),
    ),
    line(`${name}_bucket`, { ...labels, le: '+Inf' }, latencies.total),
    line(`${name}_sum`, labels, sumMs / MS_A_SECOND),
    line(`${name}_count`, labels, latencies.total),
  ];
}

function line(name: string, labels: MetricLabels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join()}}` : ''} ${value}`;
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
