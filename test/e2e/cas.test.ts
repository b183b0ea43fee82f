import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { CodedError } from '../../src/lib/errors.ts';
import { type Csr, parseCsr } from '../../src/x509/csr.ts';
import { type Cfssl, startCfssl } from '../cas/cfssl.ts';
import { startEst } from '../cas/est.ts';
import { type Answer, call, type ClientTls, postJson } from '../cas/https-client.ts';
import { backedByCfssl, backedByStepCa, cfsslSign, jwkToken, stepCaSign, x5cToken } from '../cas/sign-with.ts';
import { type StepCa, startStepCa } from '../cas/step-ca.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { run } from '../controlplane/run.ts';
import { opensslCsr } from '../unit/x509/tools.ts';

const harness = { environment: readEnvironment(), stream: process.stderr };
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const names = ['DNS:a.example', 'IP:127.0.0.1', 'URI:spiffe://example/a'];
const csrPem = opensslCsr({ key: privateKey, subject: 'CN = a.example', extensions: `subjectAltName = ${names.join(',')}` });
const base64Csr = csrPem.replaceAll(/-----[^-]+-----|\s/g, '');

function readCsr(): Csr {
  const csr = parseCsr(csrPem);
  assert.ok(csr.ok);
  return csr.value;
}

/** The certificate of an answer, which must be for the CSR's key and signed by `caPem`. */
function certificateIn(pem: string, caPem: string): X509Certificate {
  const certificate = new X509Certificate(pem);
  assert.ok(certificate.checkPrivateKey(privateKey), 'the certificate is for the key of the CSR');
  assert.ok(certificate.verify(new X509Certificate(caPem).publicKey), 'the CA signed it');
  return certificate;
}

function jsonOf(answer: Answer, status: number): Record<string, unknown> {
  assert.equal(answer.status, status, answer.text);
  return JSON.parse(answer.text) as Record<string, unknown>;
}

async function certificatesOf(answer: Answer): Promise<string> {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['content-type'], 'application/pkcs7-mime; smime-type=certs-only');
  const input = `-----BEGIN PKCS7-----\n${answer.text}-----END PKCS7-----\n`;
  const { stdout, stderr } = await run('openssl', ['pkcs7', '-print_certs'], { input });
  assert.match(stdout, /BEGIN CERTIFICATE/, stderr);
  return stdout;
}

function allNames(certificate: X509Certificate): string {
  return certificate.subjectAltName ?? '';
}

describe('a real step-ca', () => {
  let started: Promise<StepCa> | undefined;
  const stepCa = async () => await (started ??= startStepCa(harness));
  after(async () => (await started)?.close());

  for (const [what, token] of [
    ['one-time token', jwkToken],
    ['token of an X5C certificate', x5cToken],
  ] as const) {
    test(`signs for a ${what} once`, async () => {
      const ca = await stepCa();
      const ott = token(ca, readCsr());
      const signed = jsonOf(await stepCaSign(ca, csrPem, ott, '1h'), 201);
      const [leaf = '', issuer = ''] = signed['certChain'] as readonly string[];
      const certificate = certificateIn(leaf, ca.intermediatePem);
      assert.equal(issuer.trim(), ca.intermediatePem.trim());
      assert.match(allNames(certificate), /DNS:a\.example.*spiffe:\/\/example\/a/);
      assert.equal((await stepCaSign(ca, csrPem, ott, '1h')).status, 401, 'the token is used up');
    });
  }

  test('refuses a token of another key and a lifetime that is too long', async () => {
    const ca = await stepCa();
    const foreign = { ...ca, jwk: { ...ca.jwk, privateKeyPem: keyPem } };
    assert.equal((await stepCaSign(ca, csrPem, jwkToken(foreign, readCsr()))).status, 401);
    assert.equal((await stepCaSign(ca, csrPem, jwkToken(ca, readCsr()), '9000h')).status, 403);
  });

  test('renews for the client certificate that it issued', async () => {
    const ca = await stepCa();
    const { certChain } = jsonOf(await stepCaSign(ca, csrPem, jwkToken(ca, readCsr())), 201);
    const cert = (certChain as readonly string[]).join('');
    const tls: ClientTls = { ca: ca.rootPem, cert, key: keyPem };
    const renewed = jsonOf(await postJson(`${ca.url}/1.0/renew`, tls, {}), 201);
    const certificate = certificateIn(renewed['crt'] as string, ca.intermediatePem);
    assert.notEqual(certificate.serialNumber, new X509Certificate(cert).serialNumber);
    assert.equal((await postJson(`${ca.url}/1.0/renew`, { ca: ca.rootPem }, {})).status, 400, 'without a client certificate');
  });
});

describe('a real CFSSL', () => {
  const started: Cfssl[] = [];
  after(async () => await Promise.all(started.map(async ({ close }) => await close())));
  async function cfssl(options: Omit<Parameters<typeof startCfssl>[0], 'environment' | 'stream'>): Promise<Cfssl> {
    const ca = await startCfssl({ ...harness, ...options });
    started.push(ca);
    return ca;
  }
  const certificateOf = (answer: Answer, ca: Cfssl) =>
    certificateIn((jsonOf(answer, 200)['result'] as { readonly certificate: string }).certificate, ca.caPem);

  for (const tls of [undefined, 'server', 'mutual'] as const) {
    test(`1.6 signs ${tls === undefined ? 'over plain HTTP' : `over TLS (${tls})`}, with a token where the profile demands it`, async () => {
      const ca = await cfssl({ version: '1.6', ...(tls === undefined ? {} : { tls }) });
      const open = certificateOf(await cfsslSign(ca, csrPem, ca.profiles.www), ca);
      assert.match(allNames(open), /DNS:a\.example.*spiffe:\/\/example\/a/);
      certificateOf(await cfsslSign(ca, csrPem, ca.profiles.auth, true), ca);
      const short = certificateOf(await cfsslSign(ca, csrPem, ca.profiles.short), ca);
      assert.ok(short.validToDate.getTime() - Date.now() < 3_700_000);
      assert.match((await cfsslSign(ca, csrPem, ca.profiles.auth)).text, /authentication required/i);
      const foreign = { ...ca, authKeyHex: '00'.repeat(16) };
      assert.match((await cfsslSign(foreign, csrPem, ca.profiles.auth, true)).text, /invalid token/i);
    });
  }

  test('1.6 with clients of TLS turns away those without a certificate', async () => {
    const ca = await cfssl({ version: '1.6', tls: 'mutual' });
    const { ca: trusted = '' } = ca.tls;
    await assert.rejects(cfsslSign({ ...ca, tls: { ca: trusted } }, csrPem, ca.profiles.www));
  });

  test('1.6 signs nothing without a token where all profiles demand one', async () => {
    const ca = await cfssl({ version: '1.6', auth: true });
    assert.equal((await cfsslSign(ca, csrPem, ca.profiles.www)).status, 404);
    certificateOf(await cfsslSign(ca, csrPem, ca.profiles.www, true), ca);
  });

  test('1.2 leaves the URI out and says nothing', async (context) => {
    const ca = await cfssl({ version: '1.2' }).catch((error: unknown) => {
      if (error instanceof CodedError && error.code === 'PackageToolsMissing') return error.message;
      throw error;
    });
    if (typeof ca === 'string') return context.skip(ca);
    const certificate = certificateOf(await cfsslSign(ca, csrPem, ca.profiles.www), ca);
    assert.match(allNames(certificate), /DNS:a\.example/);
    assert.doesNotMatch(allNames(certificate), /spiffe/);
  });

  test('enrolls and renews behind EST, for a password and for a certificate', async () => {
    const ca = await cfssl({ version: '1.6' });
    await using estServers = new AsyncDisposableStack();
    const est = await startEst({ ca: backedByCfssl(ca), clients: 'either' });
    estServers.defer(est.close);
    const trust = { ca: est.tlsCaPem };
    const basic = `Basic ${Buffer.from(`${est.user}:${est.password}`).toString('base64')}`;
    const enroll = async (
      tls: ClientTls,
      headers: Readonly<Record<string, string>>,
      operation = 'simpleenroll',
      body = base64Csr,
    ) => await call(`${est.url}/${operation}`, tls, { body, headers: { 'content-type': 'application/pkcs10', ...headers } });

    assert.match(await certificatesOf(await call(`${est.url}/cacerts`, trust)), /cfssl root/);
    const issued = await certificatesOf(await enroll(trust, { authorization: basic }));
    const certificate = certificateIn(issued, ca.caPem);
    const byCertificate = { ...trust, cert: est.client.certificatePem, key: est.client.keyPem };
    certificateIn(await certificatesOf(await enroll(byCertificate, {})), ca.caPem);
    const renewing = { ...trust, cert: certificate.toString(), key: keyPem };
    const renewed = certificateIn(await certificatesOf(await enroll(renewing, {}, 'simplereenroll')), ca.caPem);
    assert.notEqual(renewed.serialNumber, certificate.serialNumber);

    assert.equal((await enroll(trust, {})).status, 401);
    assert.equal((await enroll(trust, { authorization: 'Basic eDp5' })).status, 401);
    assert.equal((await enroll(byCertificate, { 'content-type': 'application/json' })).status, 415);
    assert.equal((await enroll(byCertificate, {}, 'simpleenroll', csrPem)).status, 400);
    assert.equal((await enroll(byCertificate, {}, 'simpleenroll', `${base64Csr}!`)).status, 400);
    assert.equal((await enroll(byCertificate, {}, 'simplereenroll')).status, 400, 'another certificate than the one renewed');
    assert.equal((await enroll(byCertificate, {}, 'fullcmc')).status, 404);
    assert.equal(est.refusals.length, 7, est.refusals.join('\n'));
  });
});

test('a real step-ca enrolls behind EST with its chain', async () => {
  await using servers = new AsyncDisposableStack();
  const ca = await startStepCa(harness);
  servers.defer(ca.close);
  const est = await startEst({ ca: backedByStepCa(ca), clients: 'certificate' });
  servers.defer(est.close);
  const tls = { ca: est.tlsCaPem, cert: est.client.certificatePem, key: est.client.keyPem };
  const headers = { 'content-type': 'application/pkcs10' };
  const chain = await certificatesOf(await call(`${est.url}/simpleenroll`, tls, { body: base64Csr, headers }));
  certificateIn(chain, ca.intermediatePem);
  assert.match(chain, /subject=.*step-ca intermediate/);
  const basic = `Basic ${Buffer.from(`${est.user}:${est.password}`).toString('base64')}`;
  const withPassword = { body: base64Csr, headers: { ...headers, authorization: basic } };
  assert.equal(
    (await call(`${est.url}/simpleenroll`, { ca: est.tlsCaPem }, withPassword)).status,
    401,
    'a password is not enough',
  );
});
