import { BlockList, isIP } from 'node:net';
import { err, ok, type Result } from './result.ts';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for `target`: HTTPS_PROXY or HTTP_PROXY by its scheme, unless NO_PROXY lists it.
 * An upper-case name counts before the lower-case one, as in Go's clients. undefined means a direct connection.
 * @returns the proxy's address, or a message that names the variable with an address that cannot be read.
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy
 */
export function environmentProxy(env: Environment, target: URL): Result<URL | undefined, string> {
  const names = target.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const name = names.find((candidate) => env[candidate]);
  const text = name === undefined ? undefined : env[name];
  if (name === undefined || text === undefined) return ok(undefined);
  if (createNoProxy(env['NO_PROXY'] || env['no_proxy'] || '')(target)) return ok(undefined);
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  // The value is not repeated: it may hold a password.
  return URL.canParse(address) ? ok(new URL(address)) : err(`${name} is not an address; write it as http://proxy.example:3128`);
}

/**
 * Reads a NO_PROXY list: host names (with their subdomains), `.example.com` and `*.example.com` (subdomains only),
 * IP addresses and CIDRs, all with an optional port except CIDRs, or `*`. Loopback and localhost never need a proxy.
 * Entries that are none of these match nothing.
 */
export function createNoProxy(list: string): (target: URL) => boolean {
  const addresses = new BlockList();
  addresses.addSubnet('127.0.0.0', 8, 'ipv4');
  addresses.addAddress('::1', 'ipv6');
  const entries = list.split(',').map((entry) => entry.trim().toLowerCase());
  const rules = [
    { host: 'localhost', below: false, port: '' },
    ...entries.filter((entry) => !addCidr(addresses, entry)).flatMap(hostRule),
  ];
  const everything = entries.includes('*');

  return (target) => {
    const host = bare(target.hostname.toLowerCase()).replace(/(.)\.$/, '$1');
    const port = target.port || (target.protocol === 'https:' ? '443' : '80');
    const version = isIP(host);
    if (everything || (version !== 0 && addresses.check(host, version === 6 ? 'ipv6' : 'ipv4'))) return true;
    return rules.some(
      (rule) =>
        (rule.port === '' || rule.port === port) &&
        ((!rule.below && host === rule.host) || (version === 0 && host.endsWith(`.${rule.host}`))),
    );
  };
}

interface HostRule {
  readonly host: string;
  /** Only what is below the host matches, not the host. */
  readonly below: boolean;
  readonly port: string;
}

function hostRule(entry: string): readonly HostRule[] {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain ?? (isIP(entry) === 6 ? entry : '');
  const host = name.replace(/^\*?\./, '').replace(/\.$/, '');
  if (host === '') return [];
  // The URL parser writes addresses and international names in their one canonical form, as a target's host is written.
  const address = isIP(host) === 6 ? `http://[${host}]` : `http://${host}`;
  return URL.canParse(address) ? [{ host: bare(new URL(address).hostname), below: /^\*?\./.test(name), port }] : [];
}

function addCidr(addresses: BlockList, entry: string): boolean {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(bits) > (version === 6 ? 128 : 32)) return false;
  addresses.addSubnet(address, Number(bits), version === 6 ? 'ipv6' : 'ipv4');
  return true;
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
