/** A value of a metric, for people: `errorShare` is a share, all others are milliseconds. */
export function metricText(metric: string, value: number | null): string {
  if (value === null) return 'none';
  return metric === 'errorShare' ? `${(value * 100).toFixed(2)} %` : `${value.toFixed(1)} ms`;
}

/** How sure something is; never more than it is. */
export function sureText(confidence: number): string {
  return `${(Math.floor(confidence * 1000) / 10).toFixed(1)} %`;
}
