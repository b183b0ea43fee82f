import { systemClock } from '../../../lib/clock.ts';
import { err, ok, type Result } from '../../../lib/result.ts';
import { encodePem } from '../../../x509/pem.ts';
import type { Caveat, ConfigProblem, ReferencedData, SignerInput } from '../../signer.ts';
import type { PkiConfig } from '../schema/schema.ts';
import {
  type ClientCertificate,
  pairOf,
  readCertificates,
  readClientCertificate,
  usualPair,
  usualPairs,
} from '../../network/client-certificate.ts';
import type { ClientSettings } from '../../network/contract.ts';
import { readProxy } from '../../network/proxy.ts';

type References = Pick<SignerInput<unknown>, 'references' | 'authSecret'>;

/**
 * Reads from an issuer's configuration and the objects it names how its CA is reached. Errors name the field, the object and
 * the key in it, and nothing of their content.
 * @param now milliseconds since the epoch.
 */
export function clientSettings(
  config: PkiConfig,
  input: References,
  now: number = systemClock.now(),
): Result<Omit<ClientSettings, 'encryptedOnly'>, ConfigProblem> {
  const { tls, network, baseUrl, backupUrl } = config;
  const ca = caBundle(config, input);
  if (!ca.ok) return configError(ca.error);
  const client = clientCertificate(config, input, now);
  if (!client.ok) return configError(client.error);
  const proxy = network.proxy === undefined ? ok(undefined) : parseProxy(network.proxy);
  if (!proxy.ok) return configError(`network.proxy ${proxy.error}`);
  return ok({
    tls: {
      ...(ca.value === undefined ? {} : { caPem: ca.value }),
      ...client.value,
      ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
      minVersion: tls.minVersion,
      insecureSkipVerify: tls.insecureSkipVerify,
      allowPlaintext: tls.allowPlaintext,
    },
    ...(proxy.value === undefined ? {} : { proxy: proxy.value }),
    caHosts: [baseUrl, ...(backupUrl === undefined ? [] : [backupUrl])].map((url) => new URL(url).hostname),
    // Where one address takes no connection, the other must still be reached in time.
    connectTimeoutMs: Math.min(network.connectTimeout, network.timeout / (backupUrl === undefined ? 1 : 2)),
    responseTimeoutMs: Math.min(network.responseTimeout, network.timeout),
    maxResponseBytes: network.maxResponseBytes,
  });
}

/** What users of the issuer must know about its connections. */
export function caveatsOf(config: PkiConfig): readonly Caveat[] {
  const { tls } = config;
  const plain = plaintextAddresses(config).map(({ field }) => field);
  const insecure: Caveat = {
    code: 'InsecureSkipVerify',
    message:
      'tls.insecureSkipVerify is true: any server may answer in place of the CA and read the credentials. ' +
      'Name the CA of its certificate in tls.caSecretRef or tls.caConfigMapRef, and remove insecureSkipVerify.',
  };
  const plaintext: Caveat = {
    code: 'Plaintext',
    message:
      `${new Intl.ListFormat('en').format(plain)} ${plain.length > 1 ? 'begin' : 'begins'} with http://: ` +
      'requests and certificates are neither encrypted nor protected from changes on the way. Use https://.',
  };
  return [...(tls.insecureSkipVerify ? [insecure] : []), ...(plain.length > 0 ? [plaintext] : [])];
}

/** The addresses of a configuration that are not encrypted. What decides is how they are read, not how they are spelt. */
export function plaintextAddresses({
  baseUrl,
  backupUrl,
  auth,
}: Pick<PkiConfig, 'baseUrl' | 'backupUrl' | 'auth'>): readonly { readonly field: string; readonly url: URL }[] {
  const written = { baseUrl, backupUrl, 'auth.oauth2.tokenUrl': auth.oauth2?.tokenUrl };
  return Object.entries(written).flatMap(([field, text]) => {
    const url = text === undefined ? null : URL.parse(text);
    return url?.protocol === 'http:' ? [{ field, url }] : [];
  });
}

function caBundle({ tls }: PkiConfig, { references }: References): Result<string | undefined, string> {
  const reference = tls.caSecretRef ?? tls.caConfigMapRef;
  if (reference === undefined) return ok(undefined);
  const field = tls.caSecretRef === undefined ? 'tls.caConfigMapRef' : 'tls.caSecretRef';
  const object = references.get('tls.ca');
  if (object === undefined) return err(`${field}: the object it names was not read; check its name`);
  const key = reference.key ?? 'ca.crt';
  const bytes = object.data.get(key);
  if (bytes === undefined) {
    return err(
      `${field}: there is no key ${key} in ${object.where}; store the CA certificates there as PEM, or set ${field}.key`,
    );
  }
  const certificates = readCertificates(bytes);
  if (!certificates.ok) return err(`${field}: key ${key} of ${object.where} ${certificates.error}`);
  return ok(certificates.value.map((certificate) => encodePem('CERTIFICATE', certificate.raw)).join(''));
}

function clientCertificate(
  { tls, auth }: PkiConfig,
  { references, authSecret }: References,
  now: number,
): Result<ClientCertificate | undefined, string> {
  const field = 'tls.clientCertSecretRef';
  const reference = tls.clientCertSecretRef;
  if (reference !== undefined) {
    const secret = references.get('tls.client');
    if (secret === undefined) return err(`${field}: the Secret it names was not read; check its name`);
    const names = reference.key === undefined ? usualPair(secret.data) : pairOf(secret.data, reference.key);
    const read = readClientCertificate(secret, names, now);
    return read.ok ? read : err(`${field}: ${read.error}`);
  }
  const secret = references.get('auth') ?? authSecret;
  const names = secret === undefined ? undefined : pairForLogin(secret, auth.type);
  if (secret === undefined || names === undefined) return ok(undefined);
  const read = readClientCertificate(secret, names, now);
  return read.ok ? read : err(`${auth.secretRef === undefined ? 'authSecretRef' : 'auth.secretRef'}: ${read.error}`);
}

/** The certificate in the Secret of the credential; a tls.crt there may be meant for a JWT, unless there is no such credential. */
function pairForLogin({ data }: ReferencedData, type: PkiConfig['auth']['type']) {
  const [kubernetes, own] = usualPairs;
  const candidates = type === 'none' ? [own, kubernetes] : [own];
  return candidates.find(({ cert, key }) => data.has(cert) && data.has(key));
}

function parseProxy(text: string): Result<URL | 'none', string> {
  if (text === 'none') return ok('none');
  const advice = 'is not the address of an HTTP proxy; write it as http://proxy.example.com:3128, or none';
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return err(advice);
  const url = new URL(text);
  const proxy = readProxy(url);
  return proxy.ok ? ok(url) : proxy;
}

function configError(message: string): Result<never, ConfigProblem> {
  return err({ code: 'ConfigError', message });
}
