import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { CodedError } from '../../../lib/errors.ts';
import type { HttpFailureCode } from '../exchange.ts';
import type { NetworkDeps } from './contract.ts';

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
export function checkedConnector(tls: PeerTls, timeoutMs: number, deps: NetworkDeps): buildConnector.connector {
  const connect = tlsConnector(tls, timeoutMs, checkedLookup(deps));
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
export function refusal(host: string, deps: NetworkDeps): ConnectError | undefined {
  const checked = deps.addresses.check(host, host);
  return checked.ok ? undefined : new ConnectError('AddressRefused', checked.error);
}

/** Resolves a name and leaves out every address that is refused, so that what was checked is what is connected to. */
function checkedLookup({ addresses: policy, lookup = systemLookup }: NetworkDeps): LookupFunction {
  const resolve = sharedLookup(lookup);
  return (host, options, callback) => {
    resolve(host, options, (error, found) => {
      if (error !== null) return callback(error, '', 0);
      const checks = found.map((entry) => ({ entry, checked: policy.check(entry.address, host) }));
      const allowed = checks.filter(({ checked }) => checked.ok).map(({ entry }) => entry);
      const [first] = allowed;
      if (first === undefined) {
        const [clause] = checks.map(({ checked }) => (checked.ok ? '' : checked.error));
        return callback(new ConnectError('AddressRefused', clause ?? `${host} has no address`), '', 0);
      }
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}

type Resolved = (error: NodeJS.ErrnoException | null, found: readonly LookupAddress[]) => void;

/**
 * Asks for a name once at a time, however many wait for it: the system's resolver runs in the few threads that all issuers
 * share, and a name server that hangs must not take them all.
 */
function sharedLookup(lookup: LookupFunction): (host: string, options: LookupOptions, callback: Resolved) => void {
  const waiting = new Map<string, Resolved[]>();
  return (host, options, callback) => {
    const others = waiting.get(host);
    if (others !== undefined) return void others.push(callback);
    const callbacks = [callback];
    waiting.set(host, callbacks);
    return lookup(host, { ...options, all: true }, (error, found) => {
      waiting.delete(host);
      const all = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      for (const each of callbacks) each(error, all);
    });
  };
}
