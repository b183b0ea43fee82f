import { err, ok, type Result } from './result.ts';

/** Where a server listens; without `host` on every address of the machine, IPv4 and IPv6. Port 0: any free port. */
export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

/**
 * Reads an address as Go programs and Kubernetes components write it: `:8080`, `127.0.0.1:8080`, `localhost:8080`,
 * `[::1]:8080`; `0` or nothing means that the server is off.
 * @returns undefined for off, or a message that says how to write it; the caller names the option.
 */
export function parseListenAddress(text: string): Result<ListenAddress | undefined, string> {
  if (text === '' || text === '0') return ok(undefined);
  const match = /^(?:\[(?<ipv6>[0-9A-Fa-f:.]{2,45}(?:%[\w.-]{1,32})?)\]|(?<name>[\w.-]{0,253})):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.['port']);
  if (match === null || port > 65_535)
    return err(`"${text.slice(0, 80)}" is not an address; write :8080, 127.0.0.1:8080 or [::1]:8080`);
  const host = match.groups?.['ipv6'] ?? match.groups?.['name'] ?? '';
  return ok(host === '' ? { port } : { host, port });
}

/** Writes an address as it is read: IPv6 in brackets. */
export function formatListenAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
