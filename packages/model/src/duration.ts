import { Type } from 'typebox';

/** A length of time as people write it: a whole number with `ms`, `s`, `m` or `h`. At most 7 digits. */
export const Duration = Type.String({
  pattern: '^[0-9]{1,7}(?:ms|s|m|h)$',
  description: 'a duration: a whole number and ms, s, m or h, for example 30s',
});

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds of a {@link Duration} that was checked. */
export function durationMs(text: string): number {
  const unit = text.replace(/^[0-9]+/, '') as keyof typeof UNIT_MS;
  return Number.parseInt(text, 10) * UNIT_MS[unit];
}
