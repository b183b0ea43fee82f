import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CaSettings, HeldCa } from '../../../../src/signers/ca/contract.ts';
import { read, subCA, testCA } from '../../x509/ca-tools.ts';
import { openssl } from '../../x509/tools.ts';
import { assertIssued, createLab, held, keyPem, selfSigned } from './support/fake-holder.ts';

const day = 86_400_000;
const good = selfSigned();
const stranger = selfSigned(keyPem('ED25519'), undefined, 3650, 'Stranger');
const certificate = read(good.certificatePem);
const root = await testCA();
const lower = await subCA(root, 'Lower');

describe('the check of a CA whose key is held elsewhere', () => {
  test('tells whose name it bears, where its key is, how it signs and when it ends, and gives the same as facts', async () => {
    const check = await createLab(held(good)).check();
    assert.ok(check.outcome === 'healthy', check.message);
    const end = new Date(certificate.notAfter).toISOString().replace('.000', '');
    assert.equal(check.message, `The CA "CN=Team CA" signs with ES256 by vault/keys/ca/1 and is valid until ${end}.`);
    const serial = openssl(['x509', '-in', 'c', '-noout', '-serial'], { c: good.certificatePem }).trim();
    assert.deepEqual(check.ca, {
      subject: 'CN=Team CA',
      serialHex: serial.replace('serial=', '').toLowerCase(),
      notAfter: certificate.notAfter,
      keyId: 'vault/keys/ca/1',
      certificatePem: certificate.pem,
    });
    assert.deepEqual(check.warnings, []);
  });

  test('passes on what the holder warns of', async () => {
    const warnings = [{ code: 'KeyVersionUnused', message: 'There is a newer version.' }];
    const check = await createLab(held(good, { warnings })).check();
    assert.ok(check.outcome === 'healthy');
    assert.deepEqual(check.warnings, warnings);
  });

  test('takes the certificates above it in any order', async () => {
    const certificatePem = root.certificatePem + lower.certificatePem;
    const check = await createLab(held({ certificatePem, keyPem: lower.exportKeyPem() })).check();
    assert.ok(check.outcome === 'healthy', check.message);
    assert.equal(check.ca?.subject, 'CN=Lower');
  });

  for (const [lifetimeDays, thresholdDays] of [
    [3650, 30],
    [90, 30],
    [60, 20],
    [9, 3],
  ] as const) {
    test(`of a CA of ${lifetimeDays} days warns of its end for the last ${thresholdDays}`, async () => {
      const ca = selfSigned(keyPem(), undefined, lifetimeDays);
      const { notAfter } = read(ca.certificatePem);
      let now = notAfter - thresholdDays * day;
      const lab = createLab(held(ca), {}, { now: () => now });
      const before = await lab.check();
      assert.ok(before.outcome === 'healthy');
      assert.deepEqual(before.warnings, []);
      now += 1;
      const after = await lab.check();
      assert.ok(after.outcome === 'healthy');
      const [warning, ...others] = after.warnings ?? [];
      assert.deepEqual(others, []);
      assert.equal(warning?.code, 'CAExpiresSoon');
      const end = new Date(notAfter).toISOString().replace('.000', '');
      assert.match(warning.message, new RegExp(`"CN=Team CA" ends at ${end}: .* nothing is issued\\. Renew it`));
      now += 3_600_000;
      const later = await lab.check();
      assert.deepEqual(later.outcome === 'healthy' && later.warnings, after.warnings);
    });
  }
});

describe('the check refuses', () => {
  const cases: readonly {
    readonly what: string;
    readonly ca?: Partial<HeldCa>;
    readonly settings?: Partial<CaSettings>;
    readonly now?: number;
    readonly outcome?: 'retry';
    readonly code: string;
    readonly words: RegExp;
  }[] = [
    {
      what: 'a certificate of another key',
      ca: { certificatePem: stranger.certificatePem },
      code: 'CAMismatch',
      words:
        /^The CA certificate in the secret "ca" of the vault and vault\/keys\/ca\/1 do not belong together: .*"CN=Stranger"\); give the certificate that was made for this key, or/,
    },
    {
      what: 'a CA that has ended',
      now: certificate.notAfter,
      code: 'IssuerExpired',
      words: /^The CA certificate in the secret "ca" of the vault cannot be used: it expired at 20.*; renew it\.$/,
    },
    {
      what: 'a CA that has not begun',
      now: certificate.notBefore - 1,
      outcome: 'retry',
      code: 'IssuerNotYetValid',
      words: /not valid before 20.*; wait, or set the clock\.$/,
    },
    {
      what: 'a certificate of no CA',
      ca: { certificatePem: selfSigned(good.keyPem, 'basicConstraints=CA:FALSE').certificatePem },
      code: 'ConfigError',
      words: /no CA certificate \(BasicConstraints without CA:TRUE\); use/,
    },
    {
      what: 'a CA that may not sign certificates',
      ca: { certificatePem: selfSigned(good.keyPem, 'basicConstraints=CA:TRUE\nkeyUsage=cRLSign').certificatePem },
      code: 'ConfigError',
      words: /its key usage lacks cert sign; use/,
    },
    {
      what: 'what holds a private key',
      ca: { certificatePem: good.certificatePem + good.keyPem },
      code: 'ConfigError',
      words: /the secret "ca" of the vault cannot be used: it holds a private key: remove it/,
    },
    { what: 'what is empty', ca: { certificatePem: '' }, code: 'ConfigError', words: /no certificate in it/ },
    {
      what: 'an algorithm that the key has not',
      settings: { signatureAlgorithm: 'PS256' },
      code: 'ConfigError',
      words: /^keyVault\.signatureAlgorithm: is PS256, which vault\/keys\/ca\/1 does not sign with\. Set ES256, or/,
    },
    {
      what: 'a bundle that does not lead to it',
      settings: { caBundlePem: stranger.certificatePem },
      code: 'ConfigError',
      words: /^ca: none of its certificates is the CA certificate "CN=Team CA" in the secret .*, or above it\. Put/,
    },
  ];
  for (const { what, ca, settings, now = Date.now(), outcome = 'issuer-broken', code, words } of cases) {
    test(`${what}, and so does signing before a check`, async () => {
      const lab = createLab(held(good, ca), settings, { now: () => now });
      for (const found of [await lab.check(), await lab.sign()]) {
        assert.equal(found.outcome, outcome, JSON.stringify(found));
        assert.ok(found.outcome === 'issuer-broken' || found.outcome === 'retry');
        assert.equal(found.code, code);
        assert.match(found.message, words);
        assert.doesNotMatch(found.message, /BEGIN PRIVATE/);
      }
      assert.deepEqual(lab.calls, ['load', 'load'], 'nothing is signed');
    });
  }
});

describe('a bundle', () => {
  for (const [what, bundle] of [
    ['the root', root.certificatePem],
    ['the CA certificate itself', lower.certificatePem],
    ['the root and that of another CA', stranger.certificatePem + root.certificatePem],
  ] as const) {
    test(`of ${what} goes with what is issued`, async () => {
      const pair = { certificatePem: lower.certificatePem, keyPem: lower.exportKeyPem() };
      const lab = createLab(held(pair), { caBundlePem: bundle });
      assert.equal((await lab.check()).outcome, 'healthy');
      assert.equal(assertIssued(await lab.sign()).caBundlePem, bundle);
    });
  }
});
