import { openssl } from '../../../../x509/tools.ts';

const curve = (name: string): string => openssl(['ecparam', '-name', name, '-genkey', '-noout']);
const pkcs8 = (key: string, ...more: readonly string[]): string =>
  openssl(['pkcs8', '-topk8', '-in', 'key.pem', ...more], { 'key.pem': key });
const rsa = openssl(['genrsa', '-traditional', '2048']);
const p256 = curve('prime256v1');

/** Private keys made by openssl, in each form that they are stored in. */
export const keys = {
  rsa,
  rsaPkcs8: pkcs8(rsa, '-nocrypt'),
  p256,
  p256Pkcs8: pkcs8(p256, '-nocrypt'),
  p384: curve('secp384r1'),
  p521: curve('secp521r1'),
  ed25519: openssl(['genpkey', '-algorithm', 'ed25519']),
  rsa1024: openssl(['genrsa', '1024']),
  secp256k1: curve('secp256k1'),
  encrypted: pkcs8(p256, '-passout', 'pass:1234'),
} as const;

/** A certificate of a key, signed by the key itself. */
export function certificateOf(key: string, commonName = 'signer'): string {
  return openssl(['req', '-x509', '-new', '-key', 'key.pem', '-subj', `/CN=${commonName}`, '-days', '2'], { 'key.pem': key });
}

/** What openssl says of the signature of a compact JWS (RS256). */
export function verdictOfOpenssl(token: string, key: string): string {
  const [header, payload, signature = ''] = token.split('.');
  const files = {
    'public.pem': openssl(['pkey', '-in', 'key.pem', '-pubout'], { 'key.pem': key }),
    signature: Buffer.from(signature, 'base64url'),
    text: `${header}.${payload}`,
  };
  return openssl(['dgst', '-sha256', '-verify', 'public.pem', '-signature', 'signature', 'text'], files).trim();
}
