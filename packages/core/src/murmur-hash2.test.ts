import { expect, it } from 'vitest';
import { murmurHash2 } from './murmur-hash2.ts';

// Every length of the tail, a character above 127 as one byte, and one above 255 as UTF-8. That the values are those of
// NGINX is shown against a real NGINX in the gateway's tests.
it('of nothing is 0', () => expect(murmurHash2('')).toBe(0));

it('reads characters up to 255 as one byte and others as UTF-8', () => {
  expect(murmurHash2('é')).toBe(murmurHash2('\xe9'));
  expect(murmurHash2('€')).toBe(murmurHash2('\xe2\x82\xac'));
  expect(murmurHash2('\ud800')).toBe(murmurHash2('\ufffd'));
});

it('differs for texts that differ in one byte, at every length of the tail', () => {
  const hashes = ['k', 'ke', 'key', 'key-', 'key-1', 'key-12', 'key-13'].map(murmurHash2);
  expect(new Set(hashes).size).toBe(hashes.length);
  for (const hash of hashes) expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true);
});
