import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../controlplane/run.ts';

/** A certificate and its private key, as PEM and as the files that hold them. */
export interface Credentials {
  readonly certificatePem: string;
  /** PKCS #8. */
  readonly keyPem: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A CA of openssl, for what surrounds the CA under test: server and client certificates, roots. */
export interface TestCa extends Credentials {
  /** A certificate for servers on the loopback addresses. */
  server(name: string): Promise<Credentials>;
  /** A certificate for clients. */
  client(name: string): Promise<Credentials>;
  /** A CA below this one that signs leaf certificates only. */
  intermediate(name: string): Promise<Credentials>;
}

const configuration = '[req]\ndistinguished_name = name\n[name]\n';
const authority = ['keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash'];
const leaf = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'subjectKeyIdentifier=hash'];

async function certify(
  folder: string,
  name: string,
  extensions: readonly string[],
  signedBy?: Credentials,
): Promise<Credentials> {
  const file = join(folder, name.replaceAll(/[^a-z0-9]+/gi, '-'));
  const [certificateFile, keyFile, config] = [`${file}.crt`, `${file}.key`, `${file}.cnf`];
  await writeFile(config, configuration);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', keyFile];
  const signer = signedBy === undefined ? [] : ['-CA', signedBy.certificateFile, '-CAkey', signedBy.keyFile];
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  const args = ['req', '-x509', '-config', config, '-sha256', '-days', '30', '-subj', `/CN=${name}`, '-out', certificateFile];
  const made = await run('openssl', [...args, ...key, ...signer, ...added]);
  if (made.code !== 0) throw new Error(`openssl could not make a certificate (3.0 or newer is needed): ${made.stderr.trim()}`);
  const [certificatePem, keyPem] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')]);
  return { certificatePem, keyPem, certificateFile, keyFile };
}

/** Makes a root CA in `folder`: keys on P-256, certificates for 30 days. @throws without openssl 3.0. */
export async function createTestCa(folder: string, name: string): Promise<TestCa> {
  const root = await certify(folder, name, ['basicConstraints=critical,CA:TRUE', ...authority]);
  const under = (extensions: readonly string[]) => async (leafName: string) =>
    await certify(folder, leafName, [...extensions, 'authorityKeyIdentifier=keyid'], root);
  return {
    ...root,
    server: under([...leaf, 'extendedKeyUsage=serverAuth', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1']),
    client: under([...leaf, 'extendedKeyUsage=clientAuth']),
    intermediate: under(['basicConstraints=critical,CA:TRUE,pathlen:0', ...authority]),
  };
}
