import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { verifyIssued } from '../../src/issuing/verify.ts';
import { CodedError } from '../../src/lib/errors.ts';
import { type Cfssl, startCfssl } from '../cas/cfssl.ts';
import { type EstServer, startEst } from '../cas/est.ts';
import { backedByCfssl } from '../cas/sign-with.ts';
import { startStepCa, type StepCa } from '../cas/step-ca.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import * as changes from './support/preset-cas.ts';
import { passes, tryPreset, verifiedOf, wordsOf } from './support/preset-trial.ts';

const harness = { environment: readEnvironment(), stream: process.stderr };
const closing = new AsyncDisposableStack();
after(async () => await closing.disposeAsync());

function closed<T extends { close(): Promise<void> }>(server: T): T {
  closing.defer(server.close);
  return server;
}

describe('step-ca', () => {
  let started: Promise<StepCa> | undefined;
  const stepCa = async () => await (started ??= startStepCa(harness).then(closed));

  test('signs for one-time tokens of a JWK provisioner', async () => {
    const ca = await stepCa();
    await using issuer = await tryPreset('step-ca.yaml', changes.stepCaChanges(ca));
    const trial = await passes(issuer, ca.rootPem, ['GET /roots.pem', 'POST /1.0/sign']);
    assert.equal(
      verifiedOf(trial).chain.leaf.notAfter - verifiedOf(trial).chain.leaf.notBefore,
      3_660_000,
      'the hour that was asked',
    );
    verifiedOf(await issuer.sign({ names: 'DNS:a.example' }));
  });

  test('signs for tokens of a certificate (X5C)', async () => {
    const ca = await stepCa();
    await using issuer = await tryPreset('step-ca-x5c.yaml', changes.stepCaX5cChanges(ca));
    await passes(issuer, ca.rootPem, ['GET /roots.pem', 'POST /1.0/sign']);
  });

  test('renews for the client certificate that it issued, with another key', async () => {
    const ca = await stepCa();
    await using first = await tryPreset('step-ca.yaml', changes.stepCaChanges(ca));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { chain } = verifiedOf(await first.sign({ key: privateKey }));
    const keyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    await using issuer = await tryPreset(
      'step-ca.yaml',
      changes.stepCaRekeyChanges(ca, { certificatePem: chain.chainPem, keyPem }),
    );
    const renewed = await passes(issuer, ca.rootPem, ['GET /roots.pem', 'POST /1.0/rekey']);
    assert.notEqual(verifiedOf(renewed).chain.leaf.serialHex, chain.leaf.serialHex);
  });

  test('says which names and lifetimes it does not allow', async () => {
    const ca = await stepCa();
    await using issuer = await tryPreset('step-ca.yaml', changes.stepCaChanges(ca));
    const { outcome, sent } = await issuer.sign({ durationSeconds: 9000 * 3600 });
    assert.match(
      wordsOf(outcome),
      /^failed CARejected The CA answered 403 Forbidden to POST \/1\.0\/sign, .*; it says: ".*requested duration of 9000h1m0s is more than/,
    );
    assert.deepEqual(sent, ['GET /roots.pem', 'POST /1.0/sign']);
    const sans = { auth: { jwt: { claims: { sans: ['other.example'] } } } };
    await using other = await tryPreset('step-ca.yaml', { ...changes.stepCaChanges(ca), pki: sans });
    assert.match(
      wordsOf((await other.sign()).outcome),
      /^failed CARejected The CA answered 403 Forbidden to POST \/1\.0\/sign, .*; it says: ".*certificate request does not contain the valid DNS names/,
    );
  });

  test('is asked again where it does not know the key of a token', async () => {
    const ca = await stepCa();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const privateKeyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    await using issuer = await tryPreset('step-ca.yaml', changes.stepCaChanges({ ...ca, jwk: { ...ca.jwk, privateKeyPem } }));
    const words = wordsOf((await issuer.sign()).outcome);
    assert.match(
      words,
      /^retry CAUnavailable The CA answered 401 Unauthorized to POST \/1\.0\/sign, which pki\.steps\[0\]\.rules\[0\] counts as retry; /,
    );
  });
});

describe('CFSSL', () => {
  for (const tls of [undefined, 'server', 'mutual'] as const) {
    test(`1.6 signs ${tls === undefined ? 'over plain HTTP' : `over TLS (${tls})`}, without and with an authentication key`, async () => {
      const ca = closed(await startCfssl({ ...harness, version: '1.6', ...(tls === undefined ? {} : { tls }) }));
      await using open = await tryPreset('cfssl.yaml', changes.cfsslChanges(ca));
      await passes(open, ca.caPem, ['POST /api/v1/cfssl/sign']);
      await using authenticated = await tryPreset('cfssl-authsign.yaml', changes.cfsslAuthsignChanges(ca));
      await passes(authenticated, ca.caPem, ['POST /api/v1/cfssl/authsign']);
    });
  }

  test('says that the authentication key is wrong, which waits to be mended, and that a profile needs one', async () => {
    const ca = closed(await startCfssl({ ...harness, version: '1.6', auth: true }));
    await using wrong = await tryPreset(
      'cfssl-authsign.yaml',
      changes.cfsslAuthsignChanges({ ...ca, authKeyHex: '00'.repeat(16) }),
    );
    assert.equal(
      wordsOf((await wrong.sign()).outcome),
      'retry CAUnavailable The CA answered 400 Bad Request to POST /api/v1/cfssl/authsign, which pki.steps[0].rules[0] counts as retry; it says: "invalid token" (code 400).',
    );
    await using closedProfile = await tryPreset('cfssl.yaml', changes.cfsslChanges(ca));
    assert.match(wordsOf((await closedProfile.sign()).outcome), /^issuer-broken CARequestWrong The CA answered 404 Not Found/);
  });

  test('1.2 leaves the URI out: the certificate is refused, and one without URIs is not', async (context) => {
    const ca = await startCfssl({ ...harness, version: '1.2' }).then(closed, (error: unknown) => {
      if (error instanceof CodedError && error.code === 'PackageToolsMissing') return error.message;
      throw error;
    });
    if (typeof ca === 'string') return context.skip(ca);
    await using issuer = await tryPreset('cfssl.yaml', changes.cfsslChanges(ca));
    const { outcome, request } = await issuer.sign();
    assert.ok(outcome.outcome === 'issued', JSON.stringify(outcome));
    const verified = verifyIssued(outcome, request, Date.now());
    assert.ok(!verified.ok);
    assert.equal(verified.error.code, 'SanMissing');
    assert.match(verified.error.message, /names that were asked for are not in it: URI:spiffe:\/\/example\/a\./);
    verifiedOf(await issuer.sign({ names: 'DNS:a.example, IP:10.1.2.3, email:a@a.example' }));
  });
});

describe('EST', () => {
  let started: Promise<{ readonly ca: Cfssl; readonly est: EstServer }> | undefined;
  const servers = async () =>
    await (started ??= (async () => {
      const ca = closed(await startCfssl({ ...harness, version: '1.6' }));
      return { ca, est: closed(await startEst({ ca: backedByCfssl(ca), clients: 'either' })) };
    })());
  const requests = ['GET /.well-known/est/cacerts', 'POST /.well-known/est/simpleenroll'];

  test('enrolls with a password', async () => {
    const { ca, est } = await servers();
    await using issuer = await tryPreset('est.yaml', changes.estChanges(est));
    await passes(issuer, ca.caPem, requests);
  });

  test('enrolls with a client certificate', async () => {
    const { ca, est } = await servers();
    await using issuer = await tryPreset('est.yaml', changes.estByCertificateChanges(est));
    await passes(issuer, ca.caPem, requests);
    assert.deepEqual(est.refusals, []);
  });

  test('says that the password is wrong, which waits to be mended', async () => {
    const { est } = await servers();
    await using issuer = await tryPreset('est.yaml', changes.estChanges({ ...est, password: 'another' }));
    const words = wordsOf((await issuer.sign()).outcome);
    assert.match(
      words,
      /^retry CAUnavailable The CA answered 401 Unauthorized to POST \/\S+, which pki\.steps\[0\]\.rules\[1\] counts as retry/,
    );
  });
});
