const M = 0x5bd1e995;

/**
 * MurmurHash2, 32 bit, seed 0, as NGINX's `split_clients` computes it (Austin Appleby's MurmurHash2; NGINX's
 * `ngx_murmur_hash2`), so that gateways and agents put the same key into the same bucket.
 *
 * The bytes are the character codes where all are below 256, which is how Node.js hands over the bytes of a header;
 * otherwise the text in UTF-8. Result: an unsigned 32-bit integer.
 *
 *     murmurHash2('') -> 0
 */
export function murmurHash2(text: string): number {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff) return hashBytes(utf8(text));
  }
  return hashBytes(text);
}

/** UTF-8 bytes as a string of character codes; a lone surrogate becomes U+FFFD. */
function utf8(text: string): string {
  return encodeURIComponent(text.replace(/[\uD800-\uDFFF]/gu, '\uFFFD')).replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function hashBytes(bytes: string): number {
  let h = bytes.length;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    let k =
      bytes.charCodeAt(i) |
      (bytes.charCodeAt(i + 1) << 8) |
      (bytes.charCodeAt(i + 2) << 16) |
      (bytes.charCodeAt(i + 3) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = bytes.length - i;
  if (rest >= 3) h ^= bytes.charCodeAt(i + 2) << 16;
  if (rest >= 2) h ^= bytes.charCodeAt(i + 1) << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes.charCodeAt(i), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return (h ^ (h >>> 15)) >>> 0;
}
