import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { err, ok } from '../../../../../../src/lib/result.ts';
import { createAuthenticator } from '../../../../../../src/signers/http-pki/auth/authenticator.ts';
import { secretTexts } from '../../../../../../src/signers/http-pki/auth/secret-texts.ts';
import { describeRequest } from '../../../../../../src/signers/http-pki/config/describe.ts';
import { pkiReferences } from '../../../../../../src/signers/http-pki/config/references.ts';
import { validatePkiConfig } from '../../../../../../src/signers/http-pki/config/validate.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../../../../../src/signers/network/exchange.ts';
import { createByteBudget } from '../../../../../../src/signers/network/byte-budget.ts';
import { caveatsOf, clientSettings } from '../../../../../../src/signers/http-pki/network/settings.ts';
import { compilePlan } from '../../../../../../src/signers/http-pki/plan.ts';
import { createSigner } from '../../../../../../src/signers/http-pki/signer.ts';
import type { ReferencedData, SignRequest } from '../../../../../../src/signers/signer.ts';
import { parseCsr } from '../../../../../../src/x509/csr.ts';
import { makeCsr } from '../../../../mockca/support/csrs.ts';
import { certificatePem } from './certificate.ts';
import { parsePki, type Written } from './configs.ts';

const now = Date.UTC(2026, 9, 3);
const clock = { now: () => now, monotonic: () => 0, sleep: async () => await Promise.resolve() };
const issuer = { kind: 'ExternalIssuer', name: 'demo', namespace: 'pki' };

/** What a case needs that openssl makes: a CSR, and two keys with certificates. */
export interface KeyMaterial {
  readonly request: SignRequest;
  readonly secret: ReferencedData;
  readonly roots: ReferencedData;
}

export function makeKeyMaterial(): KeyMaterial {
  const csr = parseCsr(makeCsr('/C=DE/O=Example/CN=a.example', ['DNS:a.example', 'DNS:b.example']).pem);
  assert.ok(csr.ok);
  const [first, second] = [selfSigned('one'), selfSigned('two')];
  const data = {
    token: 'token-1',
    other: 'token-2',
    'client-id': 'client',
    'client-secret': 'client-secret-1',
    'hmac-key': '00112233445566778899aabbccddeeff',
    'private-key': first.key,
    'tls.key': first.key,
    'tls.crt': first.certificate,
    'client-key': second.key,
    'client-cert': second.certificate,
  };
  return {
    request: {
      csr: csr.value,
      durationSeconds: 7_776_000,
      usages: ['server auth'],
      isCA: false,
      idempotencyKey: 'key-1',
      firstTryAt: now - 7_200_000,
      origin: { name: 'a-1', namespace: 'web', uid: 'uid-1', annotations: { team: 'red' }, labels: { team: 'blue' } },
    },
    secret: referenced(data),
    roots: referenced({ 'ca.crt': certificatePem, 'other.crt': second.certificate }),
  };
}

function referenced(data: Readonly<Record<string, string>>): ReferencedData {
  return { where: 'Secret "x"', data: new Map(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)])) };
}

function selfSigned(name: string): { readonly key: string; readonly certificate: string } {
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', '-', '-subj', `/CN=${name}`, '-days', '36500'];
  const both = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const from = both.indexOf('-----BEGIN CERTIFICATE');
  return { key: both.slice(0, from), certificate: both.slice(from) };
}

/** A CA that answers by the path it is asked for: /fail refuses, /wait decides later, /pem is a certificate, all else JSON. */
function answerTo({ url }: HttpRequest): HttpAnswer {
  const answer = (status: number, type: string, text: string): HttpAnswer => {
    return { status, headers: new Map([['content-type', type]]), body: Buffer.from(text), url };
  };
  if (url.pathname.includes('/pem')) return answer(200, 'application/x-pem-file', certificatePem);
  const failed = url.pathname.includes('/fail');
  const document = {
    ...(failed
      ? { error: { message: 'no such profile', code: 'E42' } }
      : { certificate: certificatePem, chain: [certificatePem] }),
    ca: certificatePem,
    id: 'id-1',
    token: 'token-of-ca',
    access_token: 'access-token-1',
    expires_in: 3600,
  };
  const status = failed ? 400 : url.pathname.includes('/wait') ? 202 : 200;
  return answer(status, 'application/json', JSON.stringify(document));
}

/** All that an issuer with this block does, as text: what it sends, how it takes what is answered, and how it connects. */
export async function behaviourOf(written: Written, material: KeyMaterial): Promise<string> {
  const config = parsePki({ response: { format: 'json', certificateField: 'certificate' }, ...written });
  const seen: unknown[] = [];
  const refused = (message: string): string => `refused: ${message}`;
  const valid = validatePkiConfig(config);
  if (!valid.ok) return refused(valid.error);
  const plan = compilePlan(config, { now: clock.now, mask: (text) => text });
  if (!plan.ok) return refused(plan.error);
  const references = new Map([
    ['tls.ca', material.roots],
    ['tls.client', material.secret],
  ]);
  const settings = clientSettings(config, { references }, now);
  if (!settings.ok) return refused(settings.error.message);
  const hasSecret = config.auth.type !== 'none';
  const auth = createAuthenticator(config.auth, {
    ...(hasSecret ? { secret: material.secret } : {}),
    ...(config.auth.secretRef?.key === undefined ? {} : { secretKey: config.auth.secretRef.key }),
    issuer,
    requestToken: async (wish) =>
      await Promise.resolve(ok({ token: `token ${JSON.stringify(wish)}`, expiresAt: now + 3_600_000 })),
    clock,
    uuid: () => 'uuid-1',
  });
  if (!auth.ok) return refused(auth.error.message);
  const client: HttpClient = {
    send: async (request) => {
      seen.push(describeRequest(request, withoutSignature));
      if (request.url.hostname !== 'down.example') return await Promise.resolve(ok(answerTo(request)));
      return err({ code: 'CAUnreachable', message: 'down', sent: false });
    },
    close: async () => await Promise.resolve(),
  };
  const signer = createSigner({
    config,
    issuer,
    plan: plan.value,
    client,
    answers: createByteBudget(Infinity),
    auth: auth.value,
    secret: secretTexts(hasSecret ? material.secret : undefined),
    mask: (text) => text,
    caveats: caveatsOf(config),
    clock,
    uuid: () => 'uuid-1',
  });
  const context = { signal: new AbortController().signal };
  const { request } = material;
  const annotations = { ...request.origin.annotations, 'cert-manager.io/certificate-revision': '2' };
  seen.push(pkiReferences(config), settings.value, signer.callTimeoutMs, signer.caveats);
  seen.push(await signer.check(context), await signer.preview?.(request), await signer.sign(request, context));
  seen.push(await signer.sign({ ...request, origin: { ...request.origin, annotations } }, context));
  if (config.pending !== undefined) seen.push(await signer.poll?.('id-1', request, context));
  seen.push(await signer.revoke?.('0a1b', context));
  return JSON.stringify(seen, undefined, 1);
}

/** A signature of RSA-PSS is another one each time. */
function withoutSignature(text: string): string {
  return text.replaceAll(/(eyJ[\w-]+\.eyJ[\w-]+)\.[\w-]+/g, '$1.signature');
}
