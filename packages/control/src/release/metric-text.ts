const SHARES: ReadonlySet<string> = new Set(['errorShare', 'lostShare']);

/** A value of a metric, for people: a share, or milliseconds. */
export function metricText(metric: string, value: number | null): string {
  if (value === null) return 'none';
  return SHARES.has(metric) ? `${(value * 100).toFixed(2)} %` : `${value.toFixed(1)} ms`;
}

/** How sure something is; never more than it is. */
export function sureText(confidence: number): string {
  return `${(Math.floor(confidence * 1000) / 10).toFixed(1)} %`;
}
