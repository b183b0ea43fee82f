import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Clock, systemClock } from '../../../../src/lib/clock.ts';
import { parseFields } from '../../../../src/lib/fields.ts';
import { createMockCaSigner } from '../../../../src/signers/mock-ca/mock-ca.ts';
import { type MockCaConfig, mockCaSchema } from '../../../../src/signers/mock-ca/schema.ts';
import type { ConfigProblem, ReferencedData, Signer, SignRequest } from '../../../../src/signers/signer.ts';
import { testCA } from '../../x509/ca-tools.ts';
import { below, chainOf } from '../ca/support/below.ts';
import { selfSigned } from '../ca/support/fake-holder.ts';
import { goodCsr, opensslCsr } from '../../x509/tools.ts';

type Definition = ReturnType<typeof createMockCaSigner>;

const { signal } = new AbortController();
const request: SignRequest = {
  csr: goodCsr(opensslCsr({})),
  durationSeconds: 3600,
  usages: ['digital signature'],
  isCA: false,
  idempotencyKey: 'key',
  firstTryAt: 0,
  origin: { name: 'web-1', namespace: 'team-a', uid: 'key', annotations: {}, labels: {} },
};
/** What every issuer of these tests has. */
const named = { issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'team-a' }, references: new Map() };

async function opened(
  definition: Definition,
  issuerUid: string,
  config: MockCaConfig = {},
  authSecret?: ReferencedData,
): Promise<Signer> {
  const signer = await definition.open({ config, issuerUid, ...named, ...(authSecret === undefined ? {} : { authSecret }) });
  assert.ok(signer.ok, signer.ok ? '' : signer.error.message);
  return signer.value;
}

async function problemOf(config: MockCaConfig, authSecret?: ReferencedData, authSecretKey?: string): Promise<ConfigProblem> {
  const input = {
    config,
    issuerUid: 'a',
    ...named,
    ...(authSecret === undefined ? {} : { authSecret }),
    ...(authSecretKey === undefined ? {} : { authSecretKey }),
  };
  const signer = await createMockCaSigner({ clock: systemClock }).open(input);
  assert.ok(!signer.ok);
  return signer.error;
}

async function rootOf(signer: Signer): Promise<X509Certificate> {
  const outcome = await signer.sign(request, { signal });
  assert.ok(outcome.outcome === 'issued');
  return new X509Certificate(outcome.caPem ?? '');
}

function secretOf(data: Readonly<Record<string, string>>): ReferencedData {
  return {
    where: 'Secret "ca" in namespace "pki"',
    data: new Map(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)])),
  };
}

describe('a mock CA in memory', () => {
  test('stays the same for its issuer, however often it is opened, at once too', async () => {
    const definition = createMockCaSigner({ clock: systemClock });
    const signers = await Promise.all([opened(definition, 'a'), opened(definition, 'a'), opened(definition, 'a')]);
    await signers[0]?.close();
    const roots = await Promise.all([...signers, await opened(definition, 'a')].map(rootOf));
    assert.equal(new Set(roots.map(({ fingerprint256 }) => fingerprint256)).size, 1);
  });

  test('is another for another issuer, for other parameters, and after its issuer was deleted', async () => {
    const definition = createMockCaSigner({ clock: systemClock });
    const first = await rootOf(await opened(definition, 'a'));
    const others = [
      await rootOf(await opened(definition, 'b')),
      await rootOf(await opened(definition, 'a', { commonName: 'Other' })),
    ];
    definition.forget('a');
    others.push(await rootOf(await opened(definition, 'a')));
    for (const other of others) assert.notEqual(other.fingerprint256, first.fingerprint256);
    assert.equal(others[1]?.subject, 'O=external-issuer\nCN=Other');
  });

  const parameters: readonly { readonly config: MockCaConfig; readonly type: string; readonly details: object }[] = [
    { config: {}, type: 'ec', details: { namedCurve: 'prime256v1' } },
    { config: { keySize: 521 }, type: 'ec', details: { namedCurve: 'secp521r1' } },
    { config: { keyAlgorithm: 'ECDSA', keySize: 384 }, type: 'ec', details: { namedCurve: 'secp384r1' } },
    { config: { keyAlgorithm: 'RSA' }, type: 'rsa', details: { modulusLength: 2048, publicExponent: 65_537n } },
    { config: { keyAlgorithm: 'RSA', keySize: 3072 }, type: 'rsa', details: { modulusLength: 3072, publicExponent: 65_537n } },
    { config: { keyAlgorithm: 'Ed25519' }, type: 'ed25519', details: {} },
  ];
  for (const { config, type, details } of parameters) {
    test(`has the key that ${JSON.stringify(config)} asks for`, async () => {
      const { publicKey } = await rootOf(await opened(createMockCaSigner({ clock: systemClock }), 'a', config));
      assert.equal(publicKey.asymmetricKeyType, type);
      assert.deepEqual({ ...publicKey.asymmetricKeyDetails }, details);
    });
  }

  test('takes its name, validity and path length from the block', async () => {
    const block = { commonName: 'Team A', organization: 'Example', validity: '720h', pathLength: 0 };
    const config = parseFields(mockCaSchema, block, 'spec.mockCa');
    assert.ok(config.ok);
    const signer = await opened(createMockCaSigner({ clock: systemClock }), 'a', config.value);
    const root = await rootOf(signer);
    assert.equal(root.subject, 'O=Example\nCN=Team A');
    assert.ok(Math.abs(root.validToDate.getTime() - Date.now() - 720 * 3_600_000) < 60_000);
    const outcome = await signer.sign({ ...request, isCA: true }, { signal });
    assert.equal(outcome.outcome === 'failed' && outcome.code, 'PathLengthExceeded');
  });

  test('says in its check what it is, whose name it bears and when it ends; and that it has ended', async () => {
    let now = Date.parse('2026-11-22T10:00:00Z');
    const clock: Clock = { ...systemClock, now: () => now };
    const signer = await opened(createMockCaSigner({ clock }), 'a', { validity: 3_600_000 });
    const check = await signer.check({ signal });
    assert.equal(check.outcome, 'healthy');
    assert.match(
      check.message,
      /for tests, not for production: "CN=External Issuer Mock CA,O=external-issuer", in memory, .*2026-11-22T11:00:00/,
    );
    const issued = await signer.sign({ ...request, durationSeconds: 7200 }, { signal });
    assert.ok(issued.outcome === 'issued');
    assert.equal(issued.whyShorter, 'its CA ends then');
    assert.deepEqual(check.ca, {
      subject: 'CN=External Issuer Mock CA,O=external-issuer',
      serialHex: new X509Certificate(issued.caPem ?? '').serialNumber.toLowerCase(),
      notAfter: now + 3_600_000,
      keyId: 'memory of the controller',
      certificatePem: issued.caPem,
    });
    now += 3_600_000;
    for (const outcome of [await signer.check({ signal }), await signer.sign(request, { signal })]) {
      assert.ok(outcome.outcome === 'issuer-broken');
      assert.equal(outcome.code, 'IssuerExpired');
      assert.match(outcome.message, /expired at 2026-11-22T11:00:00.*change its validity/);
    }
  });

  test('refuses a key size that does not fit, naming the field', async () => {
    for (const [config, words] of [
      [{ keySize: 2048 }, /^keySize: 2048 does not fit keyAlgorithm ECDSA, which has 256, 384, 521/],
      [{ keyAlgorithm: 'RSA', keySize: 1024 }, /1024 does not fit keyAlgorithm RSA, which has 2048, 3072, 4096/],
      [{ keyAlgorithm: 'Ed25519', keySize: 256 }, /256 does not fit keyAlgorithm Ed25519, which has no choice/],
    ] as const) {
      const { code, message } = await problemOf(config);
      assert.equal(code, 'ConfigError');
      assert.match(message, words);
    }
  });

  test('does not hold up the event loop while its RSA key is made', async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const started = performance.now();
    await opened(createMockCaSigner({ clock: systemClock }), 'a', { keyAlgorithm: 'RSA', keySize: 4096 });
    clearInterval(timer);
    const took = performance.now() - started;
    assert.ok(took < 100 || longest < took * 0.9, `blocked for ${longest} of ${took} ms`);
  });
});

describe('a mock CA in a Secret', () => {
  test('signs with the certificate and key of the Secret, and says where they are from', async () => {
    const ca = await testCA();
    const secret = secretOf({ 'tls.crt': ca.certificatePem, 'tls.key': ca.exportKeyPem(), 'ca.crt': 'unused' });
    const signer = await opened(createMockCaSigner({ clock: systemClock }), 'a', {}, secret);
    assert.equal((await rootOf(signer)).toString(), new X509Certificate(ca.certificatePem).toString());
    assert.match((await signer.check({ signal })).message, /"CN=Test root", from Secret "ca" in namespace "pki", valid until/);
  });

  test('ends with the certificate above it that ends first', async () => {
    const middle = below(selfSigned(), 'Middle', { days: 10 });
    const own = chainOf(below(middle, 'Lower'), middle);
    let now = Date.now();
    const clock: Clock = { ...systemClock, now: () => now };
    const secret = secretOf({ 'tls.crt': own.certificatePem, 'tls.key': own.keyPem });
    const signer = await opened(createMockCaSigner({ clock }), 'a', {}, secret);
    assert.match((await signer.check({ signal })).message, /valid until 20.*Z, when "CN=Middle" above it ends\.$/);
    const issued = await signer.sign({ ...request, durationSeconds: 90 * 86_400 }, { signal });
    assert.ok(issued.outcome === 'issued');
    assert.equal(issued.whyShorter, 'the certificate "CN=Middle" above its CA ends then');
    const middleEnd = new X509Certificate(middle.certificatePem).validTo;
    assert.equal(new X509Certificate(issued.chainPem).validTo, middleEnd);
    now = Date.parse(middleEnd);
    for (const outcome of [await signer.check({ signal }), await signer.sign(request, { signal })]) {
      assert.equal(outcome.outcome === 'issuer-broken' && outcome.code, 'IssuerExpired');
      assert.match('message' in outcome ? outcome.message : '', /^The certificate "CN=Middle" above the mock CA expired at 20/);
    }
  });

  test('is refused, naming Secret and key, where either is missing or wrong', async () => {
    const ca = await testCA();
    const other = await testCA();
    const pair = { 'tls.crt': ca.certificatePem, 'tls.key': ca.exportKeyPem() };
    for (const [data, words] of [
      [{}, /Secret "ca" in namespace "pki" has no tls\.crt and tls\.key; put the CA certificate in/],
      [{ 'tls.crt': ca.certificatePem }, /"pki" has no tls\.key; put/],
      [{ ...pair, 'tls.key': other.exportKeyPem() }, /"pki", key tls\.key: it does not belong to any/],
      [{ ...pair, 'tls.crt': 'x' }, /"pki", key tls\.crt: there is no certificate/],
    ] as const) {
      const { code, message } = await problemOf({}, secretOf(data));
      assert.equal(code, 'ConfigError');
      assert.match(message, words);
    }
  });

  test('leaves no room for a configuration or a key that would do nothing', async () => {
    const ca = await testCA();
    const secret = secretOf({ 'tls.crt': ca.certificatePem, 'tls.key': ca.exportKeyPem() });
    const configured = await problemOf({ commonName: 'x' }, secret);
    assert.match(
      configured.message,
      /\(mockCa, or the ConfigMap\) sets commonName, which means nothing for the CA in Secret "ca"/,
    );
    const { code, message } = await problemOf({}, secret, 'ca.key');
    assert.equal(code, 'ConfigError');
    assert.match(
      message,
      /spec\.authSecretRef\.key: is "ca\.key", but .* two keys of its Secret, tls\.crt and tls\.key; remove/,
    );
  });
});
