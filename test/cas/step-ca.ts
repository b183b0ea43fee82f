import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HarnessOptions, startCaProcess } from './ca-process.ts';
import { getJson } from './https-client.ts';
import { buildProgram } from './programs.ts';
import { createTestCa, type Credentials } from './test-ca.ts';

/** A step-ca that answers on loopback over TLS. */
export interface StepCa {
  /** `https://127.0.0.1:PORT`; sign at `/1.0/sign`, renew at `/1.0/renew`, health at `/health`. */
  readonly url: string;
  /** Trusted by clients; signs the intermediate, which signs the server's certificate and all that is issued. */
  readonly rootPem: string;
  readonly intermediatePem: string;
  /** The provisioner of one-time tokens: ES256, header `kid`, claim `iss` the name, `aud` the URL that is called. */
  readonly jwk: { readonly name: string; readonly kid: string; readonly privateKeyPem: string };
  /** The provisioner of tokens that a certificate's key signs, ES256, header `x5c` the certificate; `aud` ends in `#x5c/NAME`. */
  readonly x5c: {
    readonly name: string;
    readonly rootPem: string;
    readonly certificatePem: string;
    readonly privateKeyPem: string;
  };
  /** The longest lifetime it gives; without `notAfter` it gives 2 hours. */
  readonly maxDuration: string;
  logTail(lines?: number): Promise<string>;
  close(): Promise<void>;
}

interface Setup extends Omit<StepCa, 'logTail' | 'close'> {
  readonly configFile: string;
}

const maxDuration = '720h';

interface Parts {
  readonly folder: string;
  readonly port: number;
  readonly root: Credentials;
  readonly intermediate: Credentials;
  readonly x5cRoot: Credentials;
  readonly publicKey: KeyObject;
}

function configuration({ folder, port, root, intermediate, x5cRoot, publicKey }: Parts): object {
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'jwk-key', use: 'sig', alg: 'ES256' };
  const claims = { minTLSCertDuration: '1m', maxTLSCertDuration: maxDuration, defaultTLSCertDuration: '2h' };
  return {
    root: root.certificateFile,
    crt: intermediate.certificateFile,
    key: intermediate.keyFile,
    address: `127.0.0.1:${port}`,
    dnsNames: ['127.0.0.1', 'localhost'],
    db: { type: 'badgerv2', dataSource: join(folder, 'db') },
    logger: { format: 'text' },
    authority: {
      provisioners: [
        { type: 'JWK', name: 'jwk', key, claims },
        { type: 'X5C', name: 'x5c', roots: Buffer.from(x5cRoot.certificatePem).toString('base64'), claims },
      ],
    },
    tls: { minVersion: 1.2, maxVersion: 1.3 },
  };
}

async function prepare(folder: string, port: number): Promise<Setup> {
  const root = await createTestCa(folder, 'step-ca root');
  const intermediate = await root.intermediate('step-ca intermediate');
  const x5cRoot = await createTestCa(folder, 'x5c root');
  const x5cLeaf = await x5cRoot.client('registration authority');
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const configFile = join(folder, 'ca.json');
  const config = configuration({ folder, port, root, intermediate, x5cRoot, publicKey });
  await writeFile(configFile, JSON.stringify(config));
  return {
    configFile,
    url: `https://127.0.0.1:${port}`,
    rootPem: root.certificatePem,
    intermediatePem: intermediate.certificatePem,
    jwk: { name: 'jwk', kid: 'jwk-key', privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() },
    x5c: {
      name: 'x5c',
      rootPem: x5cRoot.certificatePem,
      certificatePem: x5cLeaf.certificatePem,
      privateKeyPem: x5cLeaf.keyPem,
    },
    maxDuration,
  };
}

/** Starts a step-ca with a new PKI of its own; builds it first where it is not in the cache. */
export async function startStepCa({ environment, stream }: HarnessOptions): Promise<StepCa> {
  const program = await buildProgram('step-ca', environment, stream);
  const { setup, logTail, close } = await startCaProcess({
    name: 'step-ca',
    program,
    environment,
    prepare,
    args: ({ configFile }) => [configFile],
    async probe({ url, rootPem }) {
      await getJson(`${url}/health`, { ca: rootPem });
    },
  });
  const { configFile: _, ...ca } = setup;
  return { ...ca, logTail, close };
}
