import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { TestContext } from 'node:test';
import { parseConfigValue } from '../../../../../../src/api/config-document.ts';
import type { Result } from '../../../../../../src/lib/result.ts';
import { createHttpPkiSigner } from '../../../../../../src/signers/http-pki/http-pki.ts';
import { type PkiConfig, pkiBlock } from '../../../../../../src/signers/http-pki/schema/schema.ts';
import { createAuthority } from '../../../../../../src/signers/mock-ca/authority.ts';
import type { SignersDeps } from '../../../../../../src/signers/registry.ts';
import type {
  CallContext,
  ConfigProblem,
  ReferencedData,
  Signer,
  SignerInput,
  SignOutcome,
  SignRequest,
} from '../../../../../../src/signers/signer.ts';
import { testSignersDeps } from '../../../../support/signers.ts';
import { goodCsr, opensslCsr } from '../../../../x509/tools.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const csr = goodCsr(
  opensslCsr({
    key: privateKey,
    subject: 'C = DE\nST = Bavaria\nL = Munich\nO = Acme\nOU = Web\nCN = a.example',
    extensions: 'subjectAltName = DNS:a.example,DNS:b.example,IP:10.0.0.1,URI:spiffe://a/b,email:a@b.example',
  }),
);
const authority = await createAuthority(
  { commonName: 'Lab CA', key: { algorithm: 'ECDSA', size: 256 }, validitySeconds: 10 * 365 * 86_400 },
  { clock: { now: () => Date.now() } },
);
const issued = await authority.issue({ csr, durationSeconds: 86_400, usages: ['digital signature'], isCA: false });
assert.ok(issued.ok);

/** A certificate for the CSR of `request()`, and the CA that signed it. */
export const certificatePem: string = issued.value.certificatePem;
export const caPem: string = issued.value.caPem;
/** A CA certificate that has nothing to do with it. */
export const otherCaPem: string = (
  await createAuthority(
    { commonName: 'Other CA', key: { algorithm: 'ECDSA', size: 256 }, validitySeconds: 86_400 },
    { clock: { now: () => Date.now() } },
  )
).certificatePem;

export function request(rest: Partial<SignRequest> = {}): SignRequest {
  return {
    csr,
    durationSeconds: 90 * 86_400,
    usages: ['digital signature', 'server auth'],
    isCA: false,
    idempotencyKey: 'uid-1',
    firstTryAt: Date.now(),
    origin: { name: 'web-1', namespace: 'shop', uid: 'uid-1', annotations: { team: 'red' }, labels: { app: 'web' } },
    ...rest,
  };
}

/** What an issuer is opened with, besides its configuration. */
export interface LabOptions {
  readonly secret?: Readonly<Record<string, string>>;
  readonly secretKey?: string;
  readonly references?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly deps?: Partial<SignersDeps>;
  readonly input?: Partial<SignerInput<PkiConfig>>;
}

export function referenced(data: Readonly<Record<string, string>>, name = 'object'): ReferencedData {
  const entries = Object.entries(data).map(([key, text]) => [key, Buffer.from(text)] as const);
  return { where: `Secret "${name}" in namespace "pki"`, data: new Map(entries) };
}

/** A configuration below `baseUrl` that sends the CSR as JSON to /sign and reads PEM, with other parts in place. */
export function configFor(baseUrl: string, parts: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    baseUrl,
    ...(baseUrl.startsWith('http:') ? { tls: { allowPlaintext: true } } : {}),
    steps: [{ name: 'sign', url: '/sign', body: { json: { csr: '{{ csr.pem }}' } } }],
    ...parts,
  };
}

/** Parses a configuration as a document of a ConfigMap is, and opens it. */
export async function tryOpen(written: unknown, options: LabOptions = {}): Promise<Result<Signer, ConfigProblem>> {
  const parsed = parseConfigValue(pkiBlock, written, 'the test');
  if (!parsed.ok) return { ok: false, error: { code: 'ConfigError', message: parsed.error } };
  const { secret, secretKey, references = {} } = options;
  const objects = Object.entries(references).map(([id, data]) => [id, referenced(data, id)] as const);
  return await createHttpPkiSigner(testSignersDeps({ allowPlaintextCredentials: true, ...options.deps })).open({
    config: parsed.value as PkiConfig,
    issuerUid: 'issuer-1',
    issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'shop' },
    ...(secret === undefined ? {} : { authSecret: referenced(secret, 'credential') }),
    ...(secretKey === undefined ? {} : { authSecretKey: secretKey }),
    references: new Map(objects),
    ...options.input,
  });
}

/** Opens a configuration that must be good; it is closed after the test. */
export async function open(t: Pick<TestContext, 'after'>, written: unknown, options: LabOptions = {}): Promise<Signer> {
  const opened = await tryOpen(written, options);
  assert.ok(opened.ok, opened.ok ? '' : opened.error.message);
  t.after(async () => opened.value.close());
  return opened.value;
}

/** A call that ends after ten seconds, so that no test hangs. */
export function call(rest: Partial<CallContext> = {}): CallContext {
  return { signal: AbortSignal.timeout(10_000), ...rest };
}

export async function sign(signer: Signer, wanted: SignRequest = request()): Promise<SignOutcome> {
  return await signer.sign(wanted, call());
}

/** The outcome, which must be of that kind. */
export function expected<K extends SignOutcome['outcome']>(
  outcome: SignOutcome,
  kind: K,
): Extract<SignOutcome, { readonly outcome: K }> {
  assert.equal(outcome.outcome, kind, JSON.stringify(outcome));
  return outcome as Extract<SignOutcome, { readonly outcome: K }>;
}
