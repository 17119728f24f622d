import { generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followClaim, followHeader, parseFollow } from './follow-header.ts';

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''));
const signature = fc
  .uint8Array({ minLength: 64, maxLength: 64 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));
const claim = fc.record({
  key: hex(8),
  id: hex(32),
  expiresS: fc.integer({ min: 0, max: 999_999_999_999 }),
  signature,
});

describe('the header of a followed request', () => {
  it('says what was written, with and without the hop that sent it', () => {
    fc.assert(
      fc.property(claim, fc.option(hex(16), { nil: undefined }), (given, hop) => {
        const signed = followClaim(given.key, given.id, given.expiresS);
        expect(parseFollow(followHeader(given, hop))).toEqual({ ...given, signed, parent: hop });
      }),
    );
  });

  it('is nothing when anything of it is changed, or it is what was not signed', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const isGood = (header: string) => {
      const read = parseFollow(header);
      return (
        read !== undefined &&
        verify(null, Buffer.from(read.signed), publicKey, Buffer.from(read.signature, 'base64url'))
      );
    };
    fc.assert(
      fc.property(claim, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), ({ key, id, expiresS }, at, letter) => {
        const made = sign(null, Buffer.from(followClaim(key, id, expiresS)), privateKey).toString('base64url');
        const good = followHeader({ key, id, expiresS, signature: made });
        expect(isGood(good)).toBe(true);
        const place = at % (good.length - 1);
        const other = good.slice(0, place) + letter + good.slice(place + 1);
        expect(isGood(other)).toBe(other === good);
      }),
      { numRuns: 200 },
    );
  });

  it('is read from no other text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4096 }), (text) => {
        expect(parseFollow(text)).toBeUndefined();
      }),
    );
    expect(parseFollow(`${'a'.repeat(8)}.`.repeat(100_000))).toBeUndefined();
  });
});
