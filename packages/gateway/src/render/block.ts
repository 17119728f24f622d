import { isIP } from 'node:net';

/** An IP address or block as NGINX's `geo` takes it; undefined: it is neither. */
export function blockOf(text: string): string | undefined {
  const [address = '', bits, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined || address.includes('%')) return undefined;
  const widest = version === 4 ? 32 : 128;
  if (bits === undefined) return `${address}/${widest}`;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= widest ? `${address}/${bits}` : undefined;
}
