import { readFile } from 'node:fs/promises';
import { messageOf } from '../../lib/errors.ts';
import { momentText } from '../../lib/moment.ts';
import { oneLine } from '../../lib/one-line.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { commonName } from '../../x509/name.ts';
import { publicHalf, readPrivateKey } from '../../x509/private-key.ts';
import type { KeyType } from '../../x509/public-key.ts';
import { anyExtendedKeyUsage } from '../../x509/usages.ts';
import { commandFailure } from '../deps.ts';
import { readChain } from './get-facts.ts';

/** A certificate and the key that belongs to it. */
export interface ClientIdentity {
  readonly certPem: string;
  readonly keyPem: string;
  readonly certificate: Certificate;
  readonly keyType: KeyType;
}

/** The usage of certificates by which clients show who they are (RFC 5280 section 4.2.1.12). */
const clientAuth = '1.3.6.1.5.5.7.3.2';
/** Characters of a reason that quotes a file. */
const longestReason = 300;

/** Reads a file of an identity. @throws {CodedError} `Failed`, with what to do where it is not there */
export async function readIdentityFile(file: string, advice: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw commandFailure(absent ? `there is no ${file}; ${advice}` : `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Puts a certificate and a key together. @param where name both, for messages. @throws {CodedError} `Failed` where they do not fit */
export function pairUp(
  certPem: string,
  keyPem: string,
  where: { readonly certificate: string; readonly key: string },
): ClientIdentity {
  const chain = readChain(certPem);
  if (!chain.ok) throw commandFailure(`${where.certificate} cannot be used: ${oneLine(chain.error, longestReason)}`);
  const privateKey = readPrivateKey(keyPem);
  if (!privateKey.ok) throw commandFailure(`${where.key} cannot be used: ${privateKey.error}`);
  const key = publicHalf(privateKey.value);
  if (!key.ok) throw commandFailure(`${where.key} holds ${key.error}`);
  const [certificate] = chain.value;
  if (!Buffer.from(certificate.spki).equals(key.value.spki)) {
    throw commandFailure(
      `${where.certificate} is not for the key in ${where.key}; both must come from the same request: get its certificate, or give its key`,
    );
  }
  // Signers may write text around their blocks.
  return { certPem: chain.value.map(({ pem }) => pem).join(''), keyPem, certificate, keyType: key.value.keyType };
}

/** Whether a certificate is for a key. */
export function fits(certPem: string, keyPem: string): boolean {
  const [chain, privateKey] = [readChain(certPem), readPrivateKey(keyPem)];
  const key = privateKey.ok ? publicHalf(privateKey.value) : undefined;
  return chain.ok && key?.ok === true && Buffer.from(chain.value[0].spki).equals(key.value.spki);
}

/** Whether a certificate has the subject of another one, byte for byte. */
export function isOfSameHolder(certPem: string, { certificate }: ClientIdentity): boolean {
  const chain = readChain(certPem);
  return chain.ok && Buffer.from(chain.value[0].subject.der).equals(certificate.subject.der);
}

/** Why an API server would not take a certificate for that of a client; undefined where it may. @param now milliseconds since the epoch. */
export function whyNoClient({ subject, notBefore, notAfter, extendedKeyUsage }: Certificate, now: number): string | undefined {
  if (now > notAfter) return `it ended at ${momentText(notAfter)}; make a new one`;
  if (now < notBefore)
    return `it is valid only from ${momentText(notBefore)} on; see whether the clock of this machine is right`;
  if (extendedKeyUsage !== undefined && ![clientAuth, anyExtendedKeyUsage].some((oid) => extendedKeyUsage.includes(oid))) {
    return 'it is not for the usage "client auth"; make a request with --usage client-auth';
  }
  if (!commonName(subject)) return 'it names no user (CN); make a request with --subject CN=…';
  return undefined;
}
