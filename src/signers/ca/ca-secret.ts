import { err, ok, type Result } from '../../lib/result.ts';
import type { ReferencedData } from '../signer.ts';

/** The keys of a Secret that holds a CA, as of one of type kubernetes.io/tls. */
export const certificateKey = 'tls.crt';
export const privateKeyKey = 'tls.key';

/** A CA as a Secret holds it, PEM. */
export interface CaSecret {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/**
 * Finds certificate and key of a CA in a Secret; nothing of them is read.
 * @param chosenKey `authSecretRef.key`, which such an issuer must not set.
 * @returns an error that names the Secret and what is missing in it.
 */
export function findCaSecret({ where, data }: ReferencedData, chosenKey: string | undefined): Result<CaSecret, string> {
  if (chosenKey !== undefined) {
    return err(
      `spec.authSecretRef.key: is "${chosenKey}", but a CA is read from two keys of its Secret, ${certificateKey} and ${privateKeyKey}; remove the field`,
    );
  }
  const [certificate, key] = [data.get(certificateKey), data.get(privateKeyKey)];
  if (certificate !== undefined && key !== undefined) return ok({ certificatePem: textOf(certificate), keyPem: textOf(key) });
  const missing = [certificateKey, privateKeyKey].filter((name) => !data.has(name)).join(' and ');
  return err(`${where} has no ${missing}; put the CA certificate in ${certificateKey} and its key in ${privateKeyKey}`);
}

/** PEM is ASCII; what else is in the bytes stays as it is. */
export function textOf(pem: Uint8Array): string {
  return Buffer.from(pem).toString('latin1');
}
