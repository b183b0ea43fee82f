import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { secrets } from '../../../src/api/resources.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { ObjectKey } from '../../../src/kube/resource.ts';
import { openssl } from '../../unit/x509/tools.ts';

/** What cert-manager has put into the Secret of a Certificate, PEM. */
export interface TlsSecret {
  /** `tls.crt`: the certificate and those between it and the root. */
  readonly chain: string;
  readonly key: string;
  readonly ca: string;
  /** The certificates of `chain`, the leaf first. */
  readonly certificates: readonly X509Certificate[];
}

export async function readTlsSecret(admin: KubeClient, key: ObjectKey): Promise<TlsSecret> {
  const { data = {} } = await admin.get(secrets, key);
  const read = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString();
  const chain = read('tls.crt');
  const blocks = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  assert.equal(blocks.join(''), chain, 'tls.crt is certificates and nothing else');
  return { chain, key: read('tls.key'), ca: read('ca.crt'), certificates: blocks.map((pem) => new X509Certificate(pem)) };
}

/** The leaf of a Secret. */
export function leafOf({ certificates: [leaf] }: TlsSecret): X509Certificate {
  assert.ok(leaf, 'the Secret has a certificate');
  return leaf;
}

/** What an OpenSSL that trusts the root thinks of the leaf for that purpose; throws with its words where it refuses it. */
export function verifyChain({ chain }: TlsSecret, root: string, purpose: string): void {
  const args = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'root.pem', '-untrusted', 'chain.pem', 'chain.pem'];
  assert.equal(openssl(args, { 'root.pem': root, 'chain.pem': chain }), 'chain.pem: OK\n');
}

/** What `openssl x509 -noout` prints of the leaf, with these options. */
export function opensslText({ chain }: TlsSecret, ...options: readonly string[]): string {
  return openssl(['x509', '-noout', '-in', 'chain.pem', ...options], { 'chain.pem': chain });
}

/** The value of one extension as openssl prints it, and whether it is critical; undefined where it is absent. */
export function extensionText(
  secret: TlsSecret,
  name: string,
): { readonly critical: boolean; readonly text: string } | undefined {
  const [title = '', ...lines] = opensslText(secret, '-ext', name).trimEnd().split('\n');
  if (!title.startsWith('X509v3')) return undefined;
  return { critical: title.trim().endsWith(': critical'), text: lines.map((line) => line.trim()).join('; ') };
}

/** The purposes that openssl says the leaf is good for, such as `SSL server`. */
export function purposesOf(secret: TlsSecret): readonly string[] {
  const lines = opensslText(secret, '-purpose').split('\n');
  return lines.flatMap((line) => /^(.+) : Yes/.exec(line)?.[1] ?? []);
}

/** Checks what must be true of every Secret: the key is the leaf's, the leaf is fresh, its serial number 128 bits of chance. */
export function checkTlsSecret(secret: TlsSecret): void {
  const leaf = leafOf(secret);
  const publicKey = openssl(['pkey', '-in', 'key.pem', '-pubout'], { 'key.pem': secret.key });
  assert.equal(opensslText(secret, '-pubkey'), publicKey, 'the private key belongs to the certificate');
  assert.match(leaf.serialNumber, /^[4-7][0-9A-F]{31}$/);
  const age = Date.now() - leaf.validFromDate.getTime();
  assert.ok(age >= 60_000 && age < 180_000, `notBefore is a minute before the signing, and was ${age} ms ago`);
  assert.ok(extensionText(secret, 'subjectKeyIdentifier'));
  assert.ok(extensionText(secret, 'authorityKeyIdentifier'));
}
