import { BlockList, isIP } from 'node:net';

/**
 * Whether an IP address is in one of the ranges, each an address or CIDR (RFC 4632). An IPv6 address that stands for an IPv4 one
 * (`::ffff:10.0.0.1`) is in IPv6 ranges alone: in a certificate it is another name.
 */
export function isInRanges(ranges: readonly string[] | undefined, address: string): boolean {
  return ranges?.some((range) => isInRange(range, address)) ?? false;
}

function isInRange(range: string, address: string): boolean {
  const [network = '', length] = range.split('/');
  const family = isIP(address);
  if (family === 0 || isIP(network) !== family) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, length === undefined ? (family === 4 ? 32 : 128) : Number(length), type);
  return list.check(address, type);
}
