import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import { systemClock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { CodedError } from '../../lib/errors.ts';
import type { HttpFailureCode } from './exchange.ts';
import type { Network } from './contract.ts';

/** Why a connection was not made, where that is known better here than from the error of a socket. */
export class ConnectError extends CodedError<HttpFailureCode> {}

/** What is said once the connections of an issuer are closed. */
export const closedWords = 'the connections of the issuer were closed, as when it is changed or removed';

/** How the other side of a connection shows who it is, and we to it. */
export interface PeerTls {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
  /** In place of the host's name, for SNI and for the check of the certificate. */
  readonly serverName?: string;
}

/**
 * Milliseconds after which the next address of a host is tried. Node gives up the attempt before, so a name with several
 * addresses would never be reached over a line slower than its default of 250 ms.
 */
const nextAddressMs = 1000;

/** Connects to hosts whose every address was checked: those that are IP addresses before, those that are names when resolved. */
export function checkedConnector(tls: PeerTls, timeoutMs: number, deps: Network): buildConnector.connector {
  const connect = tlsConnector(tls, timeoutMs, checkedLookup(deps, timeoutMs));
  return (target, callback) => {
    const refused = isIP(target.hostname) === 0 ? undefined : refusal(target.hostname, deps);
    if (refused === undefined) connect(target, callback);
    // Not at once: undici is still about to note that it connects.
    else queueMicrotask(() => callback(refused, null));
  };
}

/** Connects without a check, or does TLS over a connection that is there. HTTP/2 is never offered. */
export function tlsConnector(tls: PeerTls, timeoutMs: number, lookup?: LookupFunction): buildConnector.connector {
  const { serverName, ...context } = tls;
  const connect = buildConnector({
    ...context,
    allowH2: false,
    timeout: timeoutMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: nextAddressMs,
    ...(lookup === undefined ? {} : { lookup }),
  });
  // undici takes the name from a Host header, which must not decide whom we believe; without a name it takes that of the URL.
  return ({ servername: _, ...target }, callback) =>
    connect({ ...target, ...(serverName === undefined ? {} : { servername: serverName }) }, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      // A TLS alert does not end a socket: undici would wait for the end and then know of nothing else.
      socket.once('error', (alert) => socket.destroy(alert));
      return callback(null, socket);
    });
}

/** Why a host must not be named, as far as can be said without resolving it; undefined where it may be. */
export function refusal(host: string, deps: Pick<Network, 'addresses'>): ConnectError | undefined {
  const checked = deps.addresses.check(host, host);
  return checked.ok ? undefined : new ConnectError('AddressRefused', checked.error);
}

/**
 * Of the time to connect, what a name may take: less than all, so that it is said that it was the name, and before the
 * connection is given up, so that nobody is left who waits for it.
 */
const shareOfName = 0.9;

/** Resolves a name and leaves out every address that is refused, so that what was checked is what is connected to. */
function checkedLookup(deps: Network, connectTimeoutMs: number): LookupFunction {
  const resolveThen = callbackify(allowedAddresses);
  return (host, options, callback) =>
    resolveThen(host, { options, deps, connectTimeoutMs }, (error, found) => {
      if (error !== null) return callback(error, '', 0);
      const [first] = found;
      return options.all === true ? callback(null, [...found]) : callback(null, first.address, first.family);
    });
}

interface Lookup {
  readonly options: LookupOptions;
  readonly deps: Network;
  readonly connectTimeoutMs: number;
}

/** @throws {ConnectError} `CATimeout`, `AddressRefused`; or what the resolver says. */
async function allowedAddresses(
  host: string,
  { options, deps, connectTimeoutMs }: Lookup,
): Promise<readonly [LookupAddress, ...LookupAddress[]]> {
  let late: ConnectError | undefined;
  const ask = async (signal: AbortSignal): Promise<readonly LookupAddress[]> =>
    await new Promise((resolve, reject) => {
      const takeBack = deps.resolve(host, options, (error, all) => (error === null ? resolve(all) : reject(error)));
      signal.addEventListener('abort', () => {
        takeBack();
        late = new ConnectError('CATimeout', unresolved(host, connectTimeoutMs));
      });
    });
  let found: readonly LookupAddress[];
  try {
    found = await withDeadline(systemClock, connectTimeoutMs * shareOfName, ask);
  } catch (error) {
    throw late ?? error;
  }
  const checks = found.map((entry) => ({ entry, checked: deps.addresses.check(entry.address, host) }));
  const [first, ...rest] = checks.filter(({ checked }) => checked.ok).map(({ entry }) => entry);
  if (first !== undefined) return [first, ...rest];
  const [clause] = checks.map(({ checked }) => (checked.ok ? '' : checked.error));
  throw new ConnectError('AddressRefused', clause ?? `${host} has no address`);
}

function unresolved(host: string, connectTimeoutMs: number): string {
  const limit = `the ${connectTimeoutMs / 1000} s of network.connectTimeout`;
  return `the name ${host} was not resolved in time for a connection within ${limit}; check the DNS of the cluster, and the names that other issuers use`;
}
