import ipaddr from 'ipaddr.js';

/** Whether an address lies in a block. An IPv4 address mapped into IPv6 counts as IPv4. */
export type Block = (address: string) => boolean;

/** Compiles `10.0.0.0/8`, `2001:db8::/32` or a single address; undefined: it is neither. */
export function compileBlock(text: string): Block | undefined {
  const range = parseRange(text);
  if (!range) return undefined;
  const [network, bits] = range;
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return parsed.kind() === network.kind() && parsed.match(network, bits);
  };
}

function parseRange(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text)) return undefined;
  const single = ipaddr.process(text);
  return [single, single.kind() === 'ipv4' ? 32 : 128];
}

/** Whether a text is an IP address, version 4 or 6. */
export function isIpAddress(text: string): boolean {
  return ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text);
}
