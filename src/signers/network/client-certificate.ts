import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { momentText } from '../../lib/moment.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { decodePem, encodePem } from '../../x509/pem.ts';
import { readValidity, unreadableValidity } from '../../x509/validity.ts';
import type { ReferencedData } from '../signer.ts';

/** A client certificate, with its chain, and its key; PEM. */
export interface ClientCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The two keys of a Secret that a certificate and its private key are under. */
export interface PairNames {
  readonly cert: string;
  readonly key: string;
}

/** As cert-manager and Kubernetes write them, then as this project's own documents do. */
export const usualPairs: readonly [PairNames, PairNames] = [
  { cert: 'tls.crt', key: 'tls.key' },
  { cert: 'client-cert', key: 'client-key' },
];

/** Where the private key is that belongs to a certificate under a name of its own: `web.crt` with `web.key`, else the usual. */
export function pairOf(data: ReadonlyMap<string, unknown>, cert: string): PairNames {
  const beside = cert.replace(/[.-](?:crt|cert|pem)$/, (ending) => `${ending.slice(0, 1)}key`);
  const candidates = [beside === cert ? '' : beside, 'tls.key', 'client-key'];
  return {
    cert,
    key: candidates.find((name) => name !== '' && data.has(name)) ?? candidates.find((name) => name !== '') ?? '',
  };
}

/** The pair that is there, whole or in part; the first of the usual ones where none is. */
export function usualPair(data: ReadonlyMap<string, unknown>): PairNames {
  const whole = usualPairs.find(({ cert, key }) => data.has(cert) && data.has(key));
  return whole ?? usualPairs.find(({ cert, key }) => data.has(cert) || data.has(key)) ?? usualPairs[0];
}

/**
 * Reads and checks a client certificate: that both are PEM, belong together, and that the certificate has not expired.
 * @param now milliseconds since the epoch.
 * @returns the pair, or what is wrong with which key of the Secret and what to do; nothing of their content.
 */
export function readClientCertificate(
  { where, data }: ReferencedData,
  names: PairNames,
  now: number,
): Result<ClientCertificate, string> {
  const at = (name: string): string => `key ${name} of ${where}`;
  const certBytes = data.get(names.cert);
  const keyBytes = data.get(names.key);
  const missing = certBytes === undefined ? names.cert : names.key;
  if (certBytes === undefined || keyBytes === undefined) {
    return err(
      `there is no ${at(missing)}; store the certificate under ${names.cert} and its private key under ${names.key}, as PEM`,
    );
  }
  const chain = readCertificates(certBytes);
  if (!chain.ok) return err(`${at(names.cert)} ${chain.error}`);
  const [leaf] = chain.value;
  const key = readKey(keyBytes);
  if (!key.ok) return err(`${at(names.key)} ${key.error}`);
  if (!leaf.checkPrivateKey(key.value)) {
    return err(
      `${at(names.key)} does not belong to the certificate under ${names.cert}; store the pair that was issued together`,
    );
  }
  const validity = readValidity(leaf);
  if (validity === undefined) return err(`${at(names.cert)} cannot be used: ${unreadableValidity}; store another certificate`);
  if (validity.notAfter <= now) {
    return err(`${at(names.cert)} expired at ${momentText(validity.notAfter)}; renew the client certificate`);
  }
  const certPem = chain.value.map((certificate) => encodePem('CERTIFICATE', certificate.raw)).join('');
  return ok({ certPem, keyPem: key.value.export({ format: 'pem', type: 'pkcs8' }).toString() });
}

/** Every certificate of a PEM text; the error is a clause on what holds it. */
export function readCertificates(bytes: Uint8Array): Result<readonly [X509Certificate, ...X509Certificate[]], string> {
  const blocks = decodePem(Buffer.from(bytes).toString('latin1'), { maxBlocks: 1000 });
  if (!blocks.ok) return err(`cannot be read: ${blocks.error.message}; store the certificates as PEM`);
  const other = blocks.value.find(({ label }) => label !== 'CERTIFICATE');
  if (other !== undefined) return err(`holds a block ${other.label}; store nothing but certificates there`);
  try {
    const [first, ...rest] = blocks.value.map(({ der }) => new X509Certificate(der));
    return first === undefined
      ? err('holds no certificate; store it as PEM (-----BEGIN CERTIFICATE-----)')
      : ok([first, ...rest]);
  } catch {
    return err('holds a block that is no X.509 certificate; store the certificates as PEM');
  }
}

function readKey(bytes: Uint8Array): Result<KeyObject, string> {
  const pem = Buffer.from(bytes).toString('latin1');
  if (/ENCRYPTED/.test(pem)) return err('is an encrypted private key; store it without a passphrase');
  try {
    return ok(createPrivateKey(pem));
  } catch {
    return err('is not a private key in PEM; store it as PKCS #8 (-----BEGIN PRIVATE KEY-----), PKCS #1 or SEC 1');
  }
}
