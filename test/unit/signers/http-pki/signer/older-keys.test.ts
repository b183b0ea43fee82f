import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test, type TestContext } from 'node:test';
import { readFlatPkiConfigMap } from '../../../../../src/signers/http-pki/config/flat.ts';
import { parametersSchema } from '../../../../../src/signers/http-pki/schema/parameters.ts';
import type { Signer } from '../../../../../src/signers/signer.ts';
import { type Pair, testCA } from '../../network/support/certificates.ts';
import { caPem, certificatePem, open, referenced, request, sign, tryOpen } from './support/lab.ts';
import { json, recorder, type Recorder } from './support/recorder.ts';

type Keys = Readonly<Record<string, unknown>>;

const base64 = Buffer.from(request().csr.der).toString('base64');
const csr = encodeURIComponent(base64).replaceAll('%20', '+');
const [slash, comma] = [
  '/C=DE/ST=Bavaria/L=Munich/O=Acme/OU=Web/CN=a.example',
  'CN=a.example,OU=Web,O=Acme,L=Munich,ST=Bavaria,C=DE',
];
const form = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

/** A key of `parameters`: what is set besides, its value, and what is sent without and with it, or why it is refused. */
interface ParameterCase {
  readonly beside?: Keys;
  readonly value: unknown;
  readonly without: string;
  readonly having: string | RegExp;
  /** Of the Certificate. */
  readonly revision?: number;
}

const parameterCases: Readonly<Record<string, ParameterCase>> = {
  paramFormat: {
    beside: { newCertParam: 'new' },
    value: 'semicolon',
    without: `new=&csr=${csr}`,
    having: `new;csr=${base64}`,
  },
  newCertParam: { value: 'new', without: `csr=${csr}`, having: `new=&csr=${csr}` },
  newCertValue: { beside: { newCertParam: 'new' }, value: '1', without: `new=&csr=${csr}`, having: `new=1&csr=${csr}` },
  renewCertParam: {
    beside: { newCertParam: 'new' },
    value: 'renew',
    revision: 2,
    without: `new=&csr=${csr}`,
    having: `renew=&csr=${csr}`,
  },
  renewCertValue: {
    beside: { renewCertParam: 'renew' },
    value: 'yes',
    revision: 3,
    without: `renew=&csr=${csr}`,
    having: `renew=yes&csr=${csr}`,
  },
  subjectParam: { value: 'subject', without: `csr=${csr}`, having: `subject=${form(comma)}&csr=${csr}` },
  subjectDNFormat: {
    beside: { subjectParam: 'subject' },
    value: 'slash',
    without: `subject=${form(comma)}&csr=${csr}`,
    having: `subject=${form(slash)}&csr=${csr}`,
  },
  dnsPrefix: { value: 'DNS', without: `csr=${csr}`, having: `DNS2=a.example&DNS3=b.example&csr=${csr}` },
  dnsStartIndex: {
    beside: { dnsPrefix: 'DNS' },
    value: 0,
    without: `DNS2=a.example&DNS3=b.example&csr=${csr}`,
    having: `DNS0=a.example&DNS1=b.example&csr=${csr}`,
  },
  dnsMaxCount: {
    beside: { dnsPrefix: 'DNS' },
    value: 1,
    without: `DNS2=a.example&DNS3=b.example&csr=${csr}`,
    having: /^failed TooManyNames: .*dnsMaxCount/,
  },
  getCertParam: { value: 'getCERT', without: `csr=${csr}`, having: `csr=${csr}&getCERT=` },
  getCSRParam: { value: 'p10', without: `csr=${csr}`, having: `p10=${csr}` },
  csrFormat: {
    value: 'derHex',
    without: `csr=${csr}`,
    having: `csr=${Buffer.from(request().csr.der).toString('hex')}`,
  },
  getKeyParam: { value: 'getKEY', without: `csr=${csr}`, having: /^refused: .*getKeyParam.*private key/ },
};

describe('every key of parameters changes what is sent', () => {
  test('and has a case', () => {
    assert.deepEqual(Object.keys(parameterCases), Object.keys(parametersSchema.shape));
  });

  for (const [key, { beside, value, without, having, revision = 1 }] of Object.entries(parameterCases)) {
    test(key, async (t) => {
      const ca = await recorder(t, () => ({ body: certificatePem }));
      const sent = async (more: Keys): Promise<string> => {
        const parameters = { getCSRParam: 'csr', ...beside, ...more };
        const opened = await tryOpen({ baseUrl: ca.url, tls: { allowPlaintext: true }, parameters });
        if (!opened.ok) return `refused: ${opened.error.message}`;
        t.after(async () => opened.value.close());
        const annotations = { 'cert-manager.io/certificate-revision': String(revision) };
        const outcome = await sign(opened.value, request({ origin: { ...request().origin, annotations } }));
        return outcome.outcome === 'failed' ? `failed ${outcome.code}: ${outcome.message}` : (ca.requests.at(-1)?.body ?? '');
      };
      assert.equal(await sent({}), without);
      const found = await sent({ [key]: value });
      if (typeof having === 'string') assert.equal(found, having);
      else assert.match(found, having);
    });
  }
});

/** What an issuer of flat keys does. */
interface FlatBehaviour {
  readonly refused?: string;
  /** Method, URL, content type and body. */
  readonly sent?: readonly (string | undefined)[];
  readonly outcome?: unknown;
  readonly timeoutMs?: number | undefined;
  readonly caveats?: readonly string[];
}

const flatBase = { 'pki-api-url': '', 'pki-request-template': '{"csr":"{{.CSR}}"}', 'pki-skip-tls-verify': 'true' };
const pem = JSON.stringify(request().csr.pem);
const whole = { outcome: 'issued', chainPem: certificatePem };

/** A key and its value, and what the issuer does without and with it. */
interface FlatCase {
  readonly beside?: Keys;
  readonly keys: Keys;
  /** Whether the CA answers JSON; else PEM. */
  readonly isJson?: boolean;
  readonly without: object;
  readonly having: object;
}

const flatCases: Readonly<Record<string, FlatCase>> = {
  'signer-type': {
    keys: { 'signer-type': 'mockca' },
    without: { outcome: whole },
    having: { refused: 'signer-type: is "mockca", but spec.signerType is pki; write pki, or remove the key' },
  },
  'pki-api-url': {
    keys: { 'pki-api-url': '/other' },
    without: { sent: ['POST', '/sign', 'application/json', `{"csr":${pem}}`] },
    having: { sent: ['POST', '/other', 'application/json', `{"csr":${pem}}`] },
  },
  'pki-api-method': {
    keys: { 'pki-api-method': 'put' },
    without: { sent: ['POST', '/sign', 'application/json', `{"csr":${pem}}`] },
    having: { sent: ['PUT', '/sign', 'application/json', `{"csr":${pem}}`] },
  },
  'pki-api-content-type': {
    keys: { 'pki-api-content-type': 'application/pkcs10', 'pki-request-template': '{{.CSR}}' },
    without: { sent: ['POST', '/sign', 'application/json', `{"csr":${pem}}`] },
    having: { sent: ['POST', '/sign', 'application/pkcs10', base64] },
  },
  'pki-request-template': {
    keys: { 'pki-request-template': '{"p10":"{{.CSR}}","cn":"{{.CommonName}}","for":"{{.Duration}}"}' },
    without: { sent: ['POST', '/sign', 'application/json', `{"csr":${pem}}`] },
    having: { sent: ['POST', '/sign', 'application/json', `{"p10":${pem},"cn":"a.example","for":"2160h0m0s"}`] },
  },
  'pki-response-cert-path': {
    keys: { 'pki-response-cert-path': '.data.crt' },
    isJson: true,
    // Every certificate there is in the text of the answer.
    without: { outcome: { outcome: 'issued', chainPem: certificatePem + caPem } },
    having: { outcome: whole },
  },
  'pki-response-ca-path': {
    beside: { 'pki-response-cert-path': '.data.crt' },
    keys: { 'pki-response-ca-path': '.data.ca' },
    isJson: true,
    without: { outcome: whole },
    having: { outcome: { outcome: 'issued', chainPem: certificatePem + caPem } },
  },
  'pki-timeout': { keys: { 'pki-timeout': '5' }, without: { timeoutMs: 60_000 }, having: { timeoutMs: 5000 } },
  'pki-skip-tls-verify': {
    keys: { 'pki-skip-tls-verify': 'false' },
    without: { caveats: ['InsecureSkipVerify'], outcome: whole },
    having: { caveats: [], outcome: { code: 'TLSFailed' } },
  },
};

describe('every flat key changes what is sent, read or connected', () => {
  let tls: Pair;
  before(async () => {
    tls = await (await testCA()).issue(['IP:127.0.0.1']);
  });

  test('and has a case', async () => {
    const docs = await readFile(new URL('../../../../../docs/pki.md', import.meta.url), 'utf8');
    const [, table = ''] = docs.split('## The flat keys');
    const documented = [...(table.split('\n## ')[0] ?? '').matchAll(/`((?:pki|signer)-[a-z-]+)`(?=[^|]*\|[^|]+\|$)/gm)];
    assert.deepEqual(
      documented.map(([, key]) => key),
      Object.keys(flatCases),
    );
  });

  for (const [key, { beside, keys, isJson = false, without, having }] of Object.entries(flatCases)) {
    test(key, async (t) => {
      const ca = await recorder(t, () => (isJson ? answer : { body: certificatePem }), tls);
      assert.partialDeepStrictEqual(await behaviour(t, ca, { ...flatBase, ...beside }), without);
      assert.partialDeepStrictEqual(await behaviour(t, ca, { ...flatBase, ...beside, ...keys }), having);
    });
  }
});

const answer = json({ data: { crt: certificatePem, ca: caPem } });

async function behaviour(t: TestContext, ca: Recorder, keys: Keys): Promise<FlatBehaviour> {
  const url = `${ca.url}${String(keys['pki-api-url']) || '/sign'}`;
  const texts = Object.entries({ ...keys, 'pki-api-url': url }).map(([key, text]) => [key, text] as const);
  const flat = readFlatPkiConfigMap(referenced(Object.fromEntries(texts)).data);
  assert.ok(flat !== undefined);
  if (!flat.ok) return { refused: flat.error };
  const signer: Signer = await open(t, flat.value, { secret: { token: 't0ken' } });
  const outcome = await sign(signer);
  const last = ca.requests.at(-1);
  if (last !== undefined) assert.equal(last.headers.authorization, 'Bearer t0ken');
  return {
    sent: [last?.method, last?.url, last?.headers['content-type'], last?.body],
    outcome,
    timeoutMs: signer.callTimeoutMs,
    caveats: (signer.caveats ?? []).map(({ code }) => code),
  };
}
