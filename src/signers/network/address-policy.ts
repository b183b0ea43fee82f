import { BlockList } from 'node:net';
import { err, ok, type Result } from '../../lib/result.ts';
import type { AddressPolicy } from './contract.ts';
import { addRange, addressForms, type IpAddress, rangesOf } from './ip-address.ts';

/** The flags of the controller that bear on addresses: IP addresses and CIDRs; `apiServer` may hold host names too. */
export interface AddressPolicyOptions {
  /** --allow-ca-addresses: may be named though they would be refused. */
  readonly allow: readonly string[];
  /** --deny-ca-addresses: may never be named, allowed or not. */
  readonly deny: readonly string[];
  readonly apiServer: readonly string[];
}

/** What is refused unless allowed, and what it is called. Private ranges are not among it: the PKIs of companies are there. */
const refusedRanges: readonly { readonly ranges: BlockList; readonly what: string }[] = [
  {
    // Azure's wire server; the metadata services of Oracle, Alibaba, AWS, Google, Oracle and Scaleway by IPv6.
    ranges: rangesOf(
      '168.63.129.16',
      '192.0.0.192',
      '100.100.100.200',
      '169.254.169.254',
      'fd00:ec2::254',
      'fd00:ec2::23',
      'fd20:ce::254',
      'fd00:c1::a9fe:a9fe',
      'fd00:42::42',
    ),
    what: 'the address of a metadata service of a cloud',
  },
  { ranges: rangesOf('169.254.0.0/16', 'fe80::/10'), what: 'a link-local address' },
  { ranges: rangesOf('127.0.0.0/8', '::1'), what: 'a loopback address' },
  { ranges: rangesOf('0.0.0.0/8', '::'), what: 'the unspecified address' },
  { ranges: rangesOf('224.0.0.0/4', 'ff00::/8', '255.255.255.255'), what: 'a multicast or broadcast address' },
];

/** Names that lead to such an address wherever they are resolved, which behind a proxy is not here. */
const refusedNames: readonly { readonly pattern: RegExp; readonly address: string }[] = [
  { pattern: /^(?:.+\.)?localhost$|^localhost\.localdomain$|^ip6-(?:localhost|loopback)$/, address: '127.0.0.1' },
  { pattern: /^metadata(?:\.google\.internal|\.goog)?$|^instance-data(?:\.ec2\.internal)?$/, address: '169.254.169.254' },
];
const apiServerNames = /^kubernetes(?:\.default(?:\.svc(?:\..+)?)?)?$/;

const howToAllow = 'which issuers may not name unless an administrator allows it by --allow-ca-addresses';

/**
 * Builds the policy of design rule 13. `deny` counts before `allow`: who denies an address means it. An IPv6 address is also judged
 * by the IPv4 address within it. `check` may be given a name in place of an address where a proxy resolves it: then names that are
 * known to mean such an address are refused.
 * @returns the policy, or a clause that names the flag and the entry that is wrong.
 */
export function createAddressPolicy(options: AddressPolicyOptions): Result<AddressPolicy, string> {
  const lists = { allow: new BlockList(), deny: new BlockList(), apiServer: new BlockList() };
  for (const kind of ['allow', 'deny'] as const) {
    for (const entry of options[kind]) {
      if (!addRange(lists[kind], entry.trim())) return err(badEntry(kind, entry));
    }
  }
  const apiNames = new Set(options.apiServer.filter((entry) => !addRange(lists.apiServer, bare(entry))).map(bare));
  const has = (list: BlockList, forms: readonly IpAddress[]) =>
    forms.some(({ address, version }) => list.check(address, version));

  function judge(forms: readonly IpAddress[], name: string): string | undefined {
    if (has(lists.deny, forms)) return 'an address that --deny-ca-addresses refuses';
    if (has(lists.allow, forms)) return undefined;
    if (apiNames.has(name) || has(lists.apiServer, forms)) return `the address of the Kubernetes API server, ${howToAllow}`;
    const refused = refusedRanges.find(({ ranges }) => has(ranges, forms));
    return refused === undefined ? undefined : `${refused.what}, ${howToAllow}`;
  }

  function judgeName(name: string): string | undefined {
    if (apiNames.has(name) || apiServerNames.test(name))
      return 'the name of the Kubernetes API server, which issuers may not name';
    const known = refusedNames.find(({ pattern }) => pattern.test(name));
    return known === undefined ? undefined : judge(addressForms(known.address) ?? [], name);
  }

  return ok({
    check(address, host) {
      const name = bare(host);
      const forms = addressForms(address);
      const refused = forms === undefined ? judgeName(bare(address)) : judge(forms, name);
      if (refused === undefined) return ok(undefined);
      return err(`${name === bare(address) ? bare(address) : `${name} is at ${bare(address)}, and that`} is ${refused}`);
    },
  });
}

/** A host as it is compared: without brackets, without the dot of the root, in lower case. */
function bare(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/(.)\.$/, '$1');
}

function badEntry(kind: 'allow' | 'deny', entry: string): string {
  const text = JSON.stringify(entry.slice(0, 80));
  return `--${kind}-ca-addresses: ${text} is neither an IP address nor a CIDR; write it as 10.1.2.3, 10.0.0.0/8 or fd00::/8`;
}
