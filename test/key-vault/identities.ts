import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../controlplane/run.ts';

/** Who may log in, each in one way. */
export interface Identities {
  readonly clientSecret: { readonly clientId: string; readonly clientSecret: string };
  /** RSA, which MSAL asks for; the key is PKCS #8. */
  readonly clientCertificate: { readonly clientId: string; readonly certificatePem: string; readonly keyPem: string };
  /** `subject` is the `sub` of tokens that are taken for it from the start. */
  readonly workload: { readonly clientId: string; readonly subject: string };
  readonly managed: { readonly clientId: string };
}

/** A principal as the program reads it. */
export interface Principal {
  readonly clientId: string;
  readonly secret?: string;
  readonly certificatePem?: string;
  readonly subjects?: readonly string[];
  readonly managed?: boolean;
}

/** Makes new identities; the certificate by openssl, in `folder`. */
export async function createIdentities(folder: string): Promise<Identities> {
  const [certificate, key] = [join(folder, 'client.crt'), join(folder, 'client.key')];
  const args = [
    '-x509',
    '-newkey',
    'rsa:2048',
    '-noenc',
    '-keyout',
    key,
    '-out',
    certificate,
    '-days',
    '30',
    '-subj',
    '/CN=client',
  ];
  const made = await run('openssl', ['req', ...args]);
  if (made.code !== 0) throw new Error(`openssl could not make a certificate (3.0 or newer is needed): ${made.stderr.trim()}`);
  return {
    clientSecret: { clientId: randomUUID(), clientSecret: randomBytes(16).toString('hex') },
    clientCertificate: {
      clientId: randomUUID(),
      certificatePem: await readFile(certificate, 'utf8'),
      keyPem: await readFile(key, 'utf8'),
    },
    workload: { clientId: randomUUID(), subject: 'system:serviceaccount:external-issuer:external-issuer' },
    managed: { clientId: randomUUID() },
  };
}

/** What the program is told of them. */
export function principalsOf({ clientSecret, clientCertificate, workload, managed }: Identities): readonly Principal[] {
  return [
    { clientId: clientSecret.clientId, secret: clientSecret.clientSecret },
    { clientId: clientCertificate.clientId, certificatePem: clientCertificate.certificatePem },
    { clientId: workload.clientId, subjects: [workload.subject] },
    { clientId: managed.clientId, managed: true },
  ];
}
