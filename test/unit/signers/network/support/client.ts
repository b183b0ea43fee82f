import assert from 'node:assert/strict';
import { isIP, type LookupFunction } from 'node:net';
import type { TestContext } from 'node:test';
import type { Result } from '../../../../../src/lib/result.ts';
import type { HttpAnswer, HttpClient, HttpFailure, HttpRequest } from '../../../../../src/signers/network/exchange.ts';
import { type AddressPolicyOptions, createAddressPolicy } from '../../../../../src/signers/network/address-policy.ts';
import { createHttpClient } from '../../../../../src/signers/network/client.ts';
import type { AddressPolicy, ClientSettings, Network, NetworkDeps } from '../../../../../src/signers/network/contract.ts';
import { createNetwork } from '../../../../../src/signers/network/network.ts';

/** What a test wants other than usual. */
export interface ClientOptions extends Partial<Omit<ClientSettings, 'tls'>> {
  readonly tls?: Partial<ClientSettings['tls']>;
  readonly addresses?: AddressPolicy;
  readonly env?: NetworkDeps['env'];
  /** Names and their addresses, or the resolver of the system. Default: pki.test is at 127.0.0.1. */
  readonly names?: Readonly<Record<string, readonly string[]>> | 'system';
  readonly lookup?: LookupFunction;
  /** What it shares with other clients. */
  readonly network?: Partial<Network>;
}

/** A policy that must be well written. */
export function policy(options: Partial<AddressPolicyOptions> = {}): AddressPolicy {
  const made = createAddressPolicy({ allow: [], deny: [], apiServer: [], ...options });
  assert.ok(made.ok);
  return made.value;
}

/** A client that may go to loopback and that is closed after the test. */
export function client(t: TestContext, options: ClientOptions = {}): HttpClient {
  const { tls, addresses, env, names, lookup, network, ...rest } = options;
  const settings: ClientSettings = {
    tls: { minVersion: 'TLSv1.2', insecureSkipVerify: false, allowPlaintext: true, ...tls },
    caHosts: ['pki.test', '127.0.0.1'],
    encryptedOnly: false,
    connectTimeoutMs: 5000,
    responseTimeoutMs: 5000,
    maxResponseBytes: 1_048_576,
    ...rest,
  };
  const own = createNetwork({
    addresses: addresses ?? policy({ allow: ['127.0.0.0/8'] }),
    env: env ?? {},
    ...(names === 'system' ? {} : { lookup: lookup ?? lookupOf(names ?? { 'pki.test': ['127.0.0.1'] }) }),
  });
  const made = createHttpClient(settings, { ...own, ...network });
  assert.ok(made.ok);
  t.after(() => made.value.close());
  return made.value;
}

/** Resolves these names and no others. */
function lookupOf(names: Readonly<Record<string, readonly string[]>>): LookupFunction {
  return (host, options, callback) => {
    const found = (names[host] ?? []).map((address) => ({ address, family: isIP(address) }));
    const [first] = found;
    queueMicrotask(() => {
      if (first === undefined) callback(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }), '', 0);
      else if (options.all === true) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

/** A request without a body, or with one. */
export function requestTo(url: string, parts: Partial<Omit<HttpRequest, 'url'>> = {}): HttpRequest {
  return { method: parts.body === undefined ? 'GET' : 'POST', url: new URL(url), headers: new Map(), ...parts };
}

/** Sends, and gives up after ten seconds so that no test hangs. */
export async function send(
  http: HttpClient,
  url: string,
  parts?: Partial<Omit<HttpRequest, 'url'>>,
): Promise<Result<HttpAnswer, HttpFailure>> {
  return await http.send(requestTo(url, parts), AbortSignal.timeout(10_000));
}

export function answered(result: Result<HttpAnswer, HttpFailure>): HttpAnswer {
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  return result.value;
}

export function textOf(result: Result<HttpAnswer, HttpFailure>): string {
  return Buffer.from(answered(result).body).toString();
}

/** The failure, which must have that code and those words. */
export function failed(result: Result<HttpAnswer, HttpFailure>, code: HttpFailure['code'], words: RegExp): HttpFailure {
  assert.ok(!result.ok, 'there is an answer');
  assert.equal(result.error.code, code, result.error.message);
  assert.match(result.error.message, words);
  return result.error;
}
