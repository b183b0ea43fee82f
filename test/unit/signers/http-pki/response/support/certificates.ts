import { createPrivateKey, X509Certificate } from 'node:crypto';
import { openssl } from '../../../../x509/tools.ts';

/** A self-signed certificate and its key, as openssl makes them. */
export interface MadeCertificate {
  /** 64 characters a line, trailing newline. */
  readonly pem: string;
  readonly der: Uint8Array;
  readonly keyPem: string;
}

const keys = {
  ec: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  rsa: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  ed25519: ['-algorithm', 'ED25519'],
} as const;

export function makeCertificate(commonName: string, key: keyof typeof keys = 'ec'): MadeCertificate {
  const made = openssl(['genpkey', ...keys[key]]);
  const keyPem = createPrivateKey(made).export({ format: 'pem', type: 'pkcs8' }).toString();
  const args = ['req', '-x509', '-new', '-key', 'key.pem', '-subj', `/CN=${commonName}`, '-days', '3'];
  const pem = openssl(args, { 'key.pem': keyPem });
  return { pem, der: derOf(pem), keyPem };
}

/** The bytes of the one block of a PEM text. */
export function derOf(pem: string): Uint8Array {
  return new Uint8Array(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'));
}

/** The common names of the certificates of a PEM text, in order. */
export function commonNames(pem: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  if (blocks.join('') !== pem) throw new Error('not normalised');
  return blocks.map((block) => new X509Certificate(block).subject.replace('CN=', ''));
}

/** Packs certificates by `openssl crl2pkcs7`, as PEM; `files` are further ones that `options` name. */
export function pkcs7Pem(
  pems: readonly string[],
  options: readonly string[] = ['-nocrl'],
  files: Readonly<Record<string, string>> = {},
): string {
  return openssl(['crl2pkcs7', ...options, '-certfile', 'certificates.pem'], { 'certificates.pem': pems.join(''), ...files });
}

/** A CRL of that certificate. */
export function makeCrl({ pem, keyPem }: MadeCertificate): string {
  const config =
    '[ca]\ndefault_ca = x\n[x]\ndatabase = index.txt\ncrlnumber = number\ndefault_md = sha256\ndefault_crl_days = 1\n';
  const files = { 'ca.cnf': config, 'index.txt': '', number: '01\n', 'ca.pem': pem, 'key.pem': keyPem };
  return openssl(['ca', '-config', 'ca.cnf', '-gencrl', '-cert', 'ca.pem', '-keyfile', 'key.pem'], files);
}
