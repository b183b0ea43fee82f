import { BlockList, isIP } from 'node:net';

/** How an IPv6 address that stands for an IPv4 one is written (RFC 5952 section 5). */
const mappedAddress = /^::ffff:\d+\.\d+\.\d+\.\d+$/;

/**
 * Says of an IP address, as RFC 5952 writes it, whether it is in one of the ranges, each an address or CIDR (RFC 4632). An IPv6 address
 * that stands for an IPv4 one (`::ffff:10.0.0.1`) is in none: Go takes a certificate with it for one of 10.0.0.1, others do not.
 */
export function rangeCheck(ranges: readonly string[] = []): (address: string) => boolean {
  // A list for each family: in one for both, an IPv4 range would hold the IPv6 addresses that stand for its own.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const range of ranges) {
    const [network = '', length] = range.split('/');
    const type = typeOf(network);
    if (type !== undefined) lists[type].addSubnet(network, Number(length ?? (type === 'ipv4' ? 32 : 128)), type);
  }
  return (address) => {
    const type = typeOf(address);
    return type !== undefined && !mappedAddress.test(address) && lists[type].check(address, type);
  };
}

function typeOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const family = isIP(address);
  if (family === 0) return undefined;
  return family === 4 ? 'ipv4' : 'ipv6';
}
