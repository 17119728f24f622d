/** What a duration looks like: `250ms`, `60s`, `5m`, `24h`. */
export const DURATION_PATTERN = '^[0-9]{1,7}(?:ms|s|m|h)$';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds of a duration of a policy, which was checked. */
export function durationMs(text: string): number {
  const unit = text.replace(/^[0-9]+/, '') as keyof typeof UNIT_MS;
  return Number.parseInt(text, 10) * UNIT_MS[unit];
}
