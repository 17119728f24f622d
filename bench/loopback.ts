/** Addresses that one process has for itself. */
const MAX = 254;

/**
 * Loopback address `n` (0 to 253) of this process: what runs beside it has others, so that fixed ports do not clash.
 * Every address in 127.0.0.0/8 is there without being set up (Linux).
 */
export function loopback(n: number): string {
  if (n >= MAX) throw new RangeError(`loopback ${n}: expected less than ${MAX}`);
  const { pid } = process;
  return `127.${128 + ((pid >> 8) % 127)}.${pid % 256}.${n + 1}`;
}
