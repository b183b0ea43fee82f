import { readFile } from 'node:fs/promises';
import { messageOf } from '../../lib/errors.ts';
import { momentText } from '../../lib/moment.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { publicHalf, readPrivateKey } from '../../x509/private-key.ts';
import type { KeyType } from '../../x509/public-key.ts';
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
  if (!chain.ok) throw commandFailure(`${where.certificate} cannot be used: ${chain.error}`);
  const privateKey = readPrivateKey(keyPem);
  if (!privateKey.ok) throw commandFailure(`${where.key} cannot be used: ${privateKey.error}`);
  const key = publicHalf(privateKey.value);
  if (!key.ok) throw commandFailure(`${where.key} holds ${key.error}`);
  const [certificate] = chain.value;
  if (!Buffer.from(certificate.spki).equals(key.value.spki)) {
    throw commandFailure(
      `${where.certificate} is not for the key in ${where.key}; give the key that the request was made with (--key)`,
    );
  }
  return { certPem, keyPem, certificate, keyType: key.value.keyType };
}

/** Why an API server would not take a certificate for that of a client; undefined where it may. @param now milliseconds since the epoch. */
export function whyNoClient({ notBefore, notAfter, extendedKeyUsage }: Certificate, now: number): string | undefined {
  if (now > notAfter) return `it ended at ${momentText(notAfter)}; make a new one`;
  if (now < notBefore)
    return `it is valid only from ${momentText(notBefore)} on; see whether the clock of this machine is right`;
  if (extendedKeyUsage !== undefined && !extendedKeyUsage.includes(clientAuth)) {
    return 'it is not for the usage "client auth"; make a request with --usage client-auth';
  }
  return undefined;
}
