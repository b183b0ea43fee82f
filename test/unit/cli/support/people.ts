import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateSigningRequest } from '../../../../src/api/signing-request.ts';
import { buildRequest } from '../../../../src/cli/csr/build.ts';
import { keyPem } from '../../../../src/cli/csr/new-key.ts';
import type { WithClient } from '../../../../src/cli/csr/with-client.ts';
import type { CliDeps } from '../../../../src/cli/deps.ts';
import { renderStructured } from '../../../../src/cli/text/structured.ts';
import { KubeApiError } from '../../../../src/kube/api-error.ts';
import type { Clock } from '../../../../src/lib/clock.ts';
import { parseCsr } from '../../../../src/x509/csr.ts';
import { parseSubject } from '../../../../src/x509/distinguished-name.ts';
import { createIssuingCA, issueCertificate } from '../../../../src/x509/issue.ts';
import { sanExtensionOf } from '../../../../src/x509/leaf-csr.ts';
import { publicHalf } from '../../../../src/x509/private-key.ts';
import { signerOf } from '../../../../src/x509/sign-with-key.ts';
import { resolveUsages } from '../../../../src/x509/usages.ts';
import { type Outcome, outcomeOf } from './cli.ts';
import { scriptedClient, type Script } from './scripted-cluster.ts';

export const hour = 3_600_000;

const caKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** DER of a name that is right. */
export function nameOf(text: string): Uint8Array {
  const parsed = parseSubject(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** Signs a CSR (PEM) as a CA does; `from` and `lastsMs` in milliseconds. */
export async function signedBy(csrPem: string, lastsMs = hour, from = Date.now(), usages = ['client auth']): Promise<string> {
  const csr = parseCsr(csrPem);
  const key = publicHalf(caKey);
  if (!csr.ok || !key.ok) throw new Error('no CSR');
  const ca = createIssuingCA({
    subject: nameOf('CN=Test CA'),
    keyId: key.value.keyId,
    notAfter: Date.now() + 1000 * 24 * hour,
    signatureAlgorithm: 'ES256',
  });
  const input = {
    csr: csr.value,
    ca,
    now: from,
    durationSeconds: lastsMs / 1000,
    usages: resolveUsages(usages).usages,
    isCA: false,
  };
  const made = await issueCertificate(input, signerOf(caKey, 'ES256'));
  if (!made.ok) throw new Error(made.error.message);
  return made.value.pem;
}

/** The CSR of a request, PEM. */
export function csrOf({ spec }: CertificateSigningRequest): string {
  return Buffer.from(spec.request, 'base64').toString('utf8');
}

/** What a signer writes. */
export function issuedStatus(pem: string): NonNullable<CertificateSigningRequest['status']> {
  return { certificate: Buffer.from(pem).toString('base64') };
}

/** A request with its new key. */
export async function newRequest(
  subject = 'CN=jane,O=developers',
): Promise<{ readonly request: CertificateSigningRequest; readonly key: string }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sanExtension = sanExtensionOf({ dns: ['a.example'], ip: [], uri: [], email: [] }, false);
  if (sanExtension === undefined) throw new Error('no names');
  const terms = { name: 'jane', signerName: 'externalclusterissuers.external-issuer.io/people', usages: ['client auth'] };
  const built = await buildRequest(
    { ...terms, expirationSeconds: 3600 },
    { subject: nameOf(subject), sanExtension, privateKey },
  );
  if (!built.ok) throw new Error(built.error);
  return { request: built.value, key: keyPem(privateKey) };
}

type Answer = (request: CertificateSigningRequest) => Promise<NonNullable<CertificateSigningRequest['status']>>;

/** A folder of somebody's, and a cluster that they ask. */
export interface Desk {
  readonly requests: Map<string, CertificateSigningRequest>;
  /** How the cluster answers a new request; it may throw what the API server refuses. */
  answer: Answer;
  path(name: string): string;
  read(name: string): string;
  has(name: string): boolean;
  write(name: string, text: string): string;
  /** Puts jane.key, jane.crt and jane.yaml there; the certificate lasts that long, in milliseconds. */
  identity(lastsMs?: number, from?: number): Promise<{ readonly key: string; readonly certificate: string }>;
  run(
    command: (deps: CliDeps, withClient: WithClient) => Promise<void>,
  ): Promise<Outcome & { readonly code: number | undefined }>;
  remove(): void;
}

export function openDesk(): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'external-issuer-cli-'));
  const requests = new Map<string, CertificateSigningRequest>();
  const path = (name: string): string => join(folder, name);
  const script = {
    get: (at: string) => requests.get(at.split('/')[1] ?? ''),
  } as Pick<Script, 'get'>;
  const write = (name: string, text: string): string => {
    writeFileSync(path(name), text, { mode: 0o600 });
    return path(name);
  };
  const desk: Desk = {
    requests,
    answer: async () => await Promise.resolve({}),
    path,
    write,
    read: (name) => readFileSync(path(name), 'utf8'),
    has: (name) => existsSync(path(name)),
    async identity(lastsMs = hour, from = Date.now()) {
      const { request, key } = await newRequest();
      const certificate = await signedBy(csrOf(request), lastsMs, from);
      write('jane.key', key);
      write('jane.crt', certificate);
      write('jane.yaml', renderStructured(request, 'yaml'));
      return { key, certificate };
    },
    async run(command) {
      let code: number | undefined;
      const client = scriptedClient(script);
      const create = async (_: unknown, object: unknown): Promise<never> => {
        const request = object as CertificateSigningRequest;
        const { name } = request.metadata;
        if (requests.has(name)) throw new KubeApiError('AlreadyExists', 409, `create ${name}: it is there`);
        requests.set(name, { ...request, status: await desk.answer(request) });
        return requests.get(name) as never;
      };
      const outcome = await outcomeOf(async (deps) => await command(deps, async (use) => await use({ ...client, create })), {
        clock: shortClock(),
        env: { HOME: folder },
        setExitCode: (given) => void (code = given),
      });
      return { ...outcome, code };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  return desk;
}

/** A clock on which short sleeps pass at once; long ones are those of a lock's heartbeat, which its end breaks off. */
function shortClock(): Clock {
  let passed = 0;
  return {
    now: () => Date.now() + passed,
    monotonic: () => performance.now() + passed,
    async sleep(ms, signal) {
      await new Promise((resolve) => setImmediate(resolve));
      if (ms >= 10_000) await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
      signal?.throwIfAborted();
      passed += ms;
    },
  };
}
