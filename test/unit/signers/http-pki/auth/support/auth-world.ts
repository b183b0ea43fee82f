import assert from 'node:assert/strict';
import { err, ok, type Result } from '../../../../../../src/lib/result.ts';
import { createAuthenticator } from '../../../../../../src/signers/http-pki/auth/authenticator.ts';
import type {
  AuthContext,
  Authenticator,
  AuthFailure,
  Credentials,
} from '../../../../../../src/signers/http-pki/auth/contract.ts';
import type { AuthInput } from '../../../../../../src/signers/http-pki/auth/input.ts';
import { secretTexts } from '../../../../../../src/signers/http-pki/auth/secret-texts.ts';
import type { HttpAnswer, HttpClient, HttpFailure, HttpRequest } from '../../../../../../src/signers/network/exchange.ts';
import { authSchema, type WrittenAuth } from '../../../../../../src/signers/http-pki/schema/auth.ts';
import { plainValues } from '../../../../../../src/signers/http-pki/template/sign-values.ts';
import type { TemplateValues } from '../../../../../../src/signers/http-pki/template/values.ts';
import type { ConfigProblem, ReferencedData } from '../../../../../../src/signers/signer.ts';
import { createFakeClock, type FakeClock } from '../../../../kube/support/fake-clock.ts';

export const base = new URL('https://ca.example/api');

/** What the Secret holds, and what differs from the usual. */
export interface WorldOptions extends Partial<Omit<AuthInput, 'secret' | 'clock'>> {
  readonly data?: Readonly<Record<string, string | Uint8Array>>;
  readonly clock?: FakeClock;
}

export function secretOf(data: Readonly<Record<string, string | Uint8Array>>): ReferencedData {
  const entries = Object.entries(data).map(([key, value]) => [key, Buffer.from(value as string)] as const);
  return { where: 'Secret "pki-auth" in namespace "pki"', data: new Map(entries) };
}

/** Parses `auth` as the API server and the controller do, and opens it. */
export function open(written: unknown, { data, ...rest }: WorldOptions = {}): Result<Authenticator, ConfigProblem> {
  let made = 0;
  return createAuthenticator(authSchema.parse(written) satisfies WrittenAuth, {
    ...(data === undefined ? {} : { secret: secretOf(data) }),
    issuer: { kind: 'ExternalIssuer', name: 'demo', namespace: 'pki' },
    clock: createFakeClock(),
    uuid: () => `uuid-${(made += 1)}`,
    ...rest,
  });
}

export function opened(written: unknown, options?: WorldOptions): Authenticator {
  const made = open(written, options);
  assert.ok(made.ok, made.ok ? '' : made.error.message);
  return made.value;
}

export function problemOf(written: unknown, options?: WorldOptions): ConfigProblem {
  const made = open(written, options);
  assert.ok(!made.ok, 'it opens');
  return made.error;
}

/** Values of a request of that common name. */
export function valuesOf(commonName = 'a.example', data: Readonly<Record<string, string>> = {}): TemplateValues {
  const plain = plainValues({
    issuer: { kind: 'ExternalIssuer', name: 'demo', namespace: 'pki' },
    secret: secretTexts(secretOf(data)),
    now: 1_800_000_000_000,
    uuid: 'uuid-of-the-attempt',
  });
  return {
    ...plain,
    csr: { ...plain.csr, pem: '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n' },
    subject: { ...plain.subject, commonName },
    san: { ...plain.san, all: [commonName, '10.0.0.1'] },
  };
}

/** A client that nothing may be sent with. */
const noClient: HttpClient = {
  send: () => assert.fail('nothing is to be sent'),
  close: () => Promise.resolve(),
};

export function contextOf(client: HttpClient = noClient, signal = new AbortController().signal): AuthContext {
  return { client, base, signal };
}

export async function prepared(auth: Authenticator, values = valuesOf(), context = contextOf()): Promise<Credentials> {
  const result = await auth.prepare(values, context);
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  return result.value;
}

export async function failureOf(auth: Authenticator, values = valuesOf(), context = contextOf()): Promise<AuthFailure> {
  const result = await auth.prepare(values, context);
  assert.ok(!result.ok, 'there is a credential');
  return result.error;
}

/** A request as a step renders it. */
export function requestOf(body?: string, contentType?: string, url = 'https://ca.example/api/sign'): HttpRequest {
  return {
    method: body === undefined ? 'GET' : 'POST',
    url: new URL(url),
    headers: new Map(contentType === undefined ? [] : [['content-type', contentType]]),
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  };
}

export function applied(credentials: Credentials, request = requestOf()): HttpRequest {
  const result = credentials.apply(request);
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  return result.value;
}

export function bodyOf(request: HttpRequest): string {
  return Buffer.from(request.body ?? []).toString('utf8');
}

/** What a scripted server does with one request. */
export type Reply =
  | HttpFailure
  | { readonly status?: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> };

/** A client whose server answers in turn, the last answer again and again; `wait` holds all answers back. */
export function scripted(...replies: readonly Reply[]): HttpClient & { readonly sent: HttpRequest[]; wait?: Promise<void> } {
  const sent: HttpRequest[] = [];
  const client: HttpClient & { readonly sent: HttpRequest[]; wait?: Promise<void> } = {
    sent,
    async send(request, signal) {
      sent.push(request);
      const reply = replies[Math.min(sent.length, replies.length) - 1];
      assert.ok(reply !== undefined);
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      await Promise.race([client.wait, promise]);
      return 'json' in reply ? ok(answerOf(request, reply)) : err(reply);
    },
    close: () => Promise.resolve(),
  };
  return client;
}

function answerOf(request: HttpRequest, { status = 200, json, headers = {} }: Exclude<Reply, HttpFailure>): HttpAnswer {
  return {
    status,
    url: request.url,
    headers: new Map(Object.entries({ 'content-type': 'application/json', ...headers })),
    body: Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)),
  };
}
