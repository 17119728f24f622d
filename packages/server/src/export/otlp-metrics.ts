import { METRIC_BOUNDS_MS, type Metric } from '@fairway/core';
import { type HrTime, ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';

const MS_A_SECOND = 1_000;
const NS_A_MS = 1_000_000;

/** A time as OpenTelemetry writes it: seconds since 1970, and nanoseconds. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / MS_A_SECOND);
  return [seconds, Math.round((ms - seconds * MS_A_SECOND) * NS_A_MS)];
}

/** Metrics as OpenTelemetry has them. Names are without the ends that a Prometheus adds by itself. */
export function otlpMetrics(metrics: readonly Metric[], sinceMs: number, nowMs: number): MetricData[] {
  const time = { startTime: hrTime(sinceMs), endTime: hrTime(nowMs) };
  return metrics.map((metric): MetricData => {
    const { name, help: description } = metric;
    const unit = metric.type === 'histogram' ? 's' : '';
    const descriptor = {
      name: name.replace(/_(?:total|seconds)$/, ''),
      description,
      unit,
      valueType: ValueType.DOUBLE,
    };
    const shared = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
    if (metric.type === 'histogram') {
      const dataPoints = metric.points.map(({ labels, ...of }) => ({
        ...time,
        attributes: labels,
        value: histogram(of),
      }));
      return { ...shared, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    const dataPoints = metric.points.map(({ labels, value }) => ({ ...time, attributes: labels, value }));
    if (metric.type === 'gauge') return { ...shared, dataPointType: DataPointType.GAUGE, dataPoints };
    return { ...shared, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
  });
}

type Latencies = Extract<Metric, { type: 'histogram' }>['points'][number]['latencies'];

function histogram({ latencies, sumMs }: { latencies: Latencies; sumMs: number }) {
  const below = METRIC_BOUNDS_MS.map((ms) => latencies.atMost(ms));
  const counts = [...below, latencies.total].map((count, i) => count - (below[i - 1] ?? 0));
  const boundaries = METRIC_BOUNDS_MS.map((ms) => ms / MS_A_SECOND);
  return { buckets: { boundaries, counts }, sum: sumMs / MS_A_SECOND, count: latencies.total };
}
