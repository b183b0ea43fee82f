import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../src/lib/errors.ts';
import { run } from '../../test/controlplane/run.ts';

/** Runs openssl in a folder and gives its standard output. @throws with openssl's own words when it fails. */
async function openssl(folder: string, args: readonly string[]): Promise<string> {
  const result = await run('openssl', args, { cwd: folder }).catch((cause: unknown) => {
    throw new Error(`openssl cannot be run (${messageOf(cause)}): install it and see that it is in PATH`, { cause });
  });
  if (result.code === 0) return result.stdout;
  const words = `${result.stdout}${result.stderr}`.trim().slice(-1000);
  throw new Error(`openssl ${args.join(' ')} failed (code ${result.code}): ${words}`);
}

const config = `[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[issuing]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-sha256', '-config', 'ca.cnf'];
const rootFiles = ['-keyout', 'root.key', '-out', 'root.crt'];
const rootArguments = ['req', '-x509', '-subj', '/O=Demo/CN=Team Root CA', '-extensions', 'root', ...rootFiles, ...newKey];
const issuingFiles = ['-keyout', 'issuing.key', '-out', 'issuing.csr'];
const issuingRequestArguments = ['req', '-new', '-subj', '/O=Demo/CN=Team Issuing CA', ...issuingFiles, ...newKey];
const issuer = ['-CA', 'root.crt', '-CAkey', 'root.key', '-CAcreateserial'];
const issuingExtensions = ['-extfile', 'ca.cnf', '-extensions', 'issuing'];
const issuingArguments = ['x509', '-req', '-in', 'issuing.csr', '-sha256', '-days', '29', ...issuer, ...issuingExtensions];

/** A CA as files, PEM: its certificate followed by the root above it, and its key. */
export interface AuthorityFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a root and, below it, a CA that is to issue. */
export async function makeTeamAuthority(folder: string): Promise<AuthorityFiles> {
  await writeFile(join(folder, 'ca.cnf'), config);
  await openssl(folder, rootArguments);
  await openssl(folder, issuingRequestArguments);
  const issuing = await openssl(folder, issuingArguments);
  const root = await openssl(folder, ['x509', '-in', 'root.crt']);
  const certificate = join(folder, 'issuing-and-root.crt');
  await writeFile(certificate, issuing + root);
  return { certificate, key: join(folder, 'issuing.key') };
}

/** What a Secret of type kubernetes.io/tls holds, as bytes. */
export interface TlsFiles {
  readonly 'tls.crt': Uint8Array;
  readonly 'tls.key': Uint8Array;
  readonly 'ca.crt': Uint8Array;
}

const strictly = ['-x509_strict', '-purpose', 'sslserver', '-no-CApath'];

/** How openssl is asked to build the path. */
export const verifyArguments = ['verify', ...strictly, '-CAfile', 'ca.crt', '-untrusted', 'tls.crt', 'tls.crt'] as const;

/**
 * Has openssl build the path from the certificate to the CA, strictly and as a TLS server's, and compares the keys.
 * @param folder an empty folder for the files.
 * @throws when the chain does not verify, or the key is not the certificate's.
 */
export async function verifyTlsFiles(folder: string, files: TlsFiles): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { mode: 0o600 });
  await openssl(folder, verifyArguments);
  const [certified, own] = await Promise.all([
    openssl(folder, ['x509', '-in', 'tls.crt', '-noout', '-pubkey']),
    openssl(folder, ['pkey', '-in', 'tls.key', '-pubout']),
  ]);
  if (certified !== own) throw new Error('tls.key is not the key of the certificate in tls.crt');
}
