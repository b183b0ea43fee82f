import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

/** A certificate and its key, both PEM files. */
export interface KeyPairFiles {
  readonly cert: string;
  readonly key: string;
}

/** The PKI of a control plane, as files. */
export interface ControlPlanePki {
  /** Signs the API server's certificate and those of the parts that are its clients. */
  readonly ca: KeyPairFiles;
  /** Signs what kube-controller-manager signs for the certificates API. */
  readonly clusterSigning: KeyPairFiles;
  /** Both CAs, and those added while it runs: whose certificates the API server takes from its clients. */
  readonly clientCas: string;
  readonly serving: KeyPairFiles;
  /** Of the group system:masters. */
  readonly admin: KeyPairFiles;
  readonly controllerManager: KeyPairFiles;
  /** Signs (private) and checks (public) the tokens of service accounts. */
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
}

const opensslConfig = `[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign, digitalSignature
subjectKeyIdentifier = hash
[serving]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost, DNS:kubernetes, DNS:kubernetes.default, DNS:kubernetes.default.svc, IP:127.0.0.1, IP:::1, IP:10.0.0.1
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
`;

async function writeKey(folder: string, name: string): Promise<{ key: string; publicKey: string }> {
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const key = join(folder, `${name}.key`);
  const publicKey = join(folder, `${name}.pub`);
  await Promise.all([writeFile(key, pair.privateKey, { mode: 0o600 }), writeFile(publicKey, pair.publicKey)]);
  return { key, publicKey };
}

interface Wanted {
  readonly name: string;
  readonly subject: string;
  readonly extensions: 'authority' | 'serving' | 'client';
  readonly signedBy?: KeyPairFiles;
}

async function certify(folder: string, config: string, wanted: Wanted): Promise<KeyPairFiles> {
  const { key } = await writeKey(folder, wanted.name);
  const cert = join(folder, `${wanted.name}.crt`);
  const signer = wanted.signedBy === undefined ? [] : ['-CA', wanted.signedBy.cert, '-CAkey', wanted.signedBy.key];
  const args = ['req', '-x509', '-config', config, '-extensions', wanted.extensions, '-sha256', '-days', '3650', '-key', key];
  const made = await run('openssl', [...args, '-subj', wanted.subject, ...signer, '-out', cert]).catch((cause: unknown) => {
    throw new Error('the control plane needs openssl 3.0 or newer in PATH for its certificates: install openssl', { cause });
  });
  if (made.code !== 0) {
    throw new Error(
      `openssl could not make ${cert} (openssl 3.0 or newer is needed; check openssl version): ${made.stderr.trim()}`,
    );
  }
  return { cert, key };
}

/** Makes the PKI of a control plane in `folder`: P-256 keys, certificates for 10 years. @throws without openssl 3.0. */
export async function makePki(folder: string): Promise<ControlPlanePki> {
  const config = join(folder, 'openssl.cnf');
  await writeFile(config, opensslConfig);
  const make = async (wanted: Wanted) => await certify(folder, config, wanted);
  const [ca, clusterSigning, serviceAccount] = await Promise.all([
    make({ name: 'ca', subject: '/CN=control plane CA', extensions: 'authority' }),
    make({ name: 'cluster-signing', subject: '/CN=cluster signing CA', extensions: 'authority' }),
    writeKey(folder, 'service-account'),
  ]);
  const [serving, admin, controllerManager] = await Promise.all([
    make({ name: 'serving', subject: '/CN=kube-apiserver', extensions: 'serving', signedBy: ca }),
    make({ name: 'admin', subject: '/O=system:masters/CN=admin', extensions: 'client', signedBy: ca }),
    make({ name: 'controller-manager', subject: '/CN=system:kube-controller-manager', extensions: 'client', signedBy: ca }),
  ]);
  const clientCas = join(folder, 'client-cas.crt');
  await writeFile(clientCas, await Promise.all([ca, clusterSigning].map(async ({ cert }) => await readFile(cert, 'utf8'))));
  return {
    ca,
    clusterSigning,
    clientCas,
    serving,
    admin,
    controllerManager,
    serviceAccountKey: serviceAccount.key,
    serviceAccountPublicKey: serviceAccount.publicKey,
  };
}
