import type { QuietHours } from '@fairway/model';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type Day = (typeof DAYS)[number];

/** Whether a moment, in milliseconds since 1970, is within quiet hours, by the clocks of their time zones. */
export function isQuiet(hours: readonly QuietHours[], nowMs: number): boolean {
  return hours.some((one) => isWithin(one, nowMs));
}

function isWithin({ from, to, days, timeZone }: QuietHours, nowMs: number): boolean {
  const { time, day } = clock(timeZone ?? 'UTC', nowMs);
  const begins = (at: number) => days?.includes(DAYS[(at + 7) % 7] as Day) ?? true;
  if (from < to) return begins(day) && time >= from && time < to;
  return (begins(day) && time >= from) || (begins(day - 1) && time < to);
}

/** Whether a time zone has a name that is known here. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

function clock(timeZone: string, nowMs: number): { time: string; day: number } {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(nowMs)
      .map(({ type, value }) => [type, value]),
  );
  const day = DAYS.indexOf(parts['weekday']?.toLowerCase() as Day);
  return { time: `${parts['hour']}:${parts['minute']}`, day };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}
