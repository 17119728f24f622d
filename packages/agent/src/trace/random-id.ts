import { randomFillSync } from 'node:crypto';

/** Made at once, for many: to ask for few bytes takes as long as for thousands. */
const pool = Buffer.alloc(4096);
let at = pool.length;

/** So many random bytes, in hexadecimal. */
export function randomId(bytes: number): string {
  if (at + bytes > pool.length) {
    randomFillSync(pool);
    at = 0;
  }
  const from = at;
  at += bytes;
  return pool.toString('hex', from, at);
}
