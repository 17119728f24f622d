import { describe, expect, it } from 'vitest';
import { amount, duration, share } from './number.ts';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.12345, '0.123'],
    [9.996, '10'],
    [123.4, '123'],
    [9_999.4, '9999'],
    [12_345, '12.3k'],
  ])('%d is shown as %s', (value, text) => expect(amount(value)).toBe(text));

  it('of shares are percentages', () => expect(share(0.1)).toBe('10 %'));

  it.each([
    [null, '–'],
    [0.5, '0.5 ms'],
    [1_500, '1.5 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
  ])('a duration of %s ms is %s', (ms, text) => expect(duration(ms)).toBe(text));
});
