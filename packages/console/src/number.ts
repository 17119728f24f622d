/** A rate or count with three digits that matter. */
export function amount(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toPrecision(3)}k`;
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** A share of 0 to 1 as a percentage. */
export function share(value: number): string {
  return `${amount(value * 100)} %`;
}

/** A duration; null: there is none. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1_000) return `${amount(ms)} ms`;
  if (ms < 60_000) return `${amount(ms / 1_000)} s`;
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** A size, in memory or of what is sent. */
export function bytes(size: number): string {
  if (size < 1024) return `${Math.round(size)} B`;
  return size < 1_048_576 ? `${amount(size / 1024)} KiB` : `${amount(size / 1_048_576)} MiB`;
}

/** A moment by the clock of whoever looks, in one line. */
export function clock(iso: string): string {
  const options = { dateStyle: 'short', timeStyle: 'medium' } as const;
  return new Date(iso).toLocaleString(document.documentElement.lang, options).replaceAll(' ', '\u00a0');
}
