import { describe, expect, it } from 'vitest';
import { isQuiet, isTimeZone } from './quiet-hours.ts';

/** A moment, UTC. 30 November 2026 is a Monday. */
const at = (text: string) => Date.parse(`${text}:00Z`);

describe('quiet hours', () => {
  it.each([
    ['2026-11-30T21:59', false],
    ['2026-11-30T22:00', true],
    ['2026-12-01T05:59', true],
    ['2026-12-01T06:00', false],
  ])('over midnight, at %s: %s', (time, quiet) => {
    expect(isQuiet([{ from: '22:00', to: '06:00' }], at(time))).toBe(quiet);
  });

  it('of single days are those on which they begin', () => {
    const friday = [{ from: '18:00', to: '08:00', days: ['fri' as const] }];
    expect(isQuiet(friday, at('2026-11-27T20:00'))).toBe(true);
    expect(isQuiet(friday, at('2026-11-28T07:00'))).toBe(true);
    expect(isQuiet(friday, at('2026-11-28T20:00'))).toBe(false);
    expect(isQuiet(friday, at('2026-11-27T07:00'))).toBe(false);
  });

  it('go by the clocks of their time zone, which change with the season', () => {
    const berlin = [{ from: '09:00', to: '10:00', timeZone: 'Europe/Berlin' }];
    expect(isQuiet(berlin, at('2026-11-30T08:30'))).toBe(true);
    expect(isQuiet(berlin, at('2026-07-01T07:30'))).toBe(true);
    expect(isQuiet(berlin, at('2026-07-01T08:30'))).toBe(false);
    expect([isTimeZone('Asia/Shanghai'), isTimeZone('Moon/Sea')]).toEqual([true, false]);
  });

  it('that begin and end at one time are all day', () => {
    expect(isQuiet([{ from: '00:00', to: '00:00' }], at('2026-11-30T12:00'))).toBe(true);
  });
});
