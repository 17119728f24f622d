import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { murmurHash2 } from './murmur-hash2.ts';
import { isTraceKept, parseTraceparent, traceparent } from './trace-context.ts';

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((text) => !/^0+$/.test(text));
const parent = fc.record({ trace: hex(32), span: hex(16), isSampled: fc.boolean() });

describe('traceparent', () => {
  it('says what was written', () => {
    fc.assert(
      fc.property(parent, (given) => {
        expect(parseTraceparent(traceparent(given))).toEqual(given);
      }),
    );
  });

  it.each([
    ['', undefined],
    [`00-${'0'.repeat(32)}-${'a'.repeat(16)}-01`, undefined],
    [`00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`, undefined],
    [`ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, undefined],
    [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01-more`, undefined],
    [`00-${'A'.repeat(32)}-${'b'.repeat(16)}-01`, undefined],
    [
      `01-${'a'.repeat(32)}-${'b'.repeat(16)}-03-more`,
      { trace: 'a'.repeat(32), span: 'b'.repeat(16), isSampled: true },
    ],
    [`01-${'a'.repeat(32)}-${'b'.repeat(16)}-01-${'x'.repeat(600)}`, undefined],
  ])('%s', (header, expected) => {
    expect(parseTraceparent(header)).toEqual(expected);
  });

  it('a trace that is kept is kept at any higher share, and the share is what it says', () => {
    fc.assert(
      fc.property(hex(32), fc.nat(10_000), fc.nat(10_000), (trace, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        if (isTraceKept(trace, low)) expect(isTraceKept(trace, high)).toBe(true);
        expect([isTraceKept(trace, 0), isTraceKept(trace, 10_000)]).toEqual([false, true]);
      }),
    );
    const ids = Array.from({ length: 10_000 }, (_, n) => murmurHash2(String(n)).toString(16).padStart(32, '0'));
    const kept = ids.filter((id) => isTraceKept(id, 1_000)).length;
    expect(kept).toBeGreaterThan(800);
    expect(kept).toBeLessThan(1_200);
  });
});
