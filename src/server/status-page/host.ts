/** Whether a server that is bound to this host is reached from its own machine alone. */
export function isLoopback(host: string | undefined): boolean {
  return host !== undefined && (host.toLowerCase() === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host));
}

/**
 * Whether a request names, in its Host header, this machine by a name that no DNS server decides: a page of another name that has come
 * to resolve to 127.0.0.1 is turned away. Any port will do, since `kubectl port-forward` takes another.
 */
export function mayAsk(header: string | undefined): boolean {
  const match = /^(?:\[(?<ipv6>[0-9A-Fa-f:]{2,39})\]|(?<name>[\w.-]{1,253}))(?::\d{1,5})?$/.exec(header ?? '');
  return isLoopback(match?.groups?.['ipv6'] ?? match?.groups?.['name']);
}
