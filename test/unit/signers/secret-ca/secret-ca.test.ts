import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../../src/lib/clock.ts';
import { createSecretCaSigner } from '../../../../src/signers/secret-ca/secret-ca.ts';
import type { SecretCaConfig } from '../../../../src/signers/secret-ca/schema.ts';
import type { CheckOutcome, ReferencedData, Signer } from '../../../../src/signers/signer.ts';
import { read, subCA, testCA } from '../../x509/ca-tools.ts';
import { openssl } from '../../x509/tools.ts';
import { assertIssued, keyPem, request, selfSigned } from '../ca/support/fake-holder.ts';

const { signal } = new AbortController();
const definition = createSecretCaSigner({ clock: systemClock });
const root = await testCA();
const lower = await subCA(root, 'Lower');
const chain = { 'tls.crt': lower.certificatePem, 'tls.key': lower.exportKeyPem() };
const stranger = selfSigned(keyPem('ED25519'), undefined, 3650, 'Stranger');

function objectOf(data: Readonly<Record<string, string>>, where = 'Secret "ca" in namespace "pki"'): ReferencedData {
  return { where, data: new Map(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)])) };
}

interface Given {
  readonly secret?: Readonly<Record<string, string>>;
  readonly secretKey?: string;
  readonly config?: SecretCaConfig;
  readonly bundle?: ReferencedData;
}

async function open({ secret, secretKey, config = {}, bundle }: Given): ReturnType<typeof definition.open> {
  return await definition.open({
    config,
    issuerUid: 'uid',
    issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'team-a' },
    references: new Map(bundle === undefined ? [] : [['ca', bundle]]),
    ...(secret === undefined ? {} : { authSecret: objectOf(secret) }),
    ...(secretKey === undefined ? {} : { authSecretKey: secretKey }),
  });
}

async function opened(given: Given): Promise<Signer> {
  const signer = await open(given);
  assert.ok(signer.ok, signer.ok ? '' : signer.error.message);
  return signer.value;
}

async function check(given: Given): Promise<CheckOutcome> {
  return await (await opened(given)).check({ signal });
}

describe('a CA in a Secret', () => {
  test('says whose it is, and that its key is in the Secret', async () => {
    const found = await check({ secret: chain });
    assert.ok(found.outcome === 'healthy');
    assert.match(
      found.message,
      /^The CA "CN=Lower" signs with ES256 by key tls\.key of Secret "ca" in namespace "pki" and is valid/,
    );
    assert.equal(found.ca?.keyId, 'key tls.key of Secret "ca" in namespace "pki"');
  });

  for (const [what, data, caPem] of [
    [
      'has what is in ca.crt above it, as cert-manager keeps it',
      { ...chain, 'ca.crt': root.certificatePem },
      root.certificatePem,
    ],
    ['does without a root', chain, lower.certificatePem],
    ['is not disturbed by a ca.crt of another CA', { ...chain, 'ca.crt': stranger.certificatePem }, lower.certificatePem],
    ['is not disturbed by a ca.crt that is none', { ...chain, 'ca.crt': 'root' }, lower.certificatePem],
    [
      'takes of the roots in ca.crt its own',
      { ...chain, 'ca.crt': stranger.certificatePem + root.certificatePem },
      root.certificatePem,
    ],
  ] as const) {
    test(what, async () => {
      const signer = await opened({ secret: data });
      assert.equal((await signer.check({ signal })).outcome, 'healthy');
      const issued = assertIssued(await signer.sign(request, { signal }));
      assert.equal(issued.caPem, caPem);
      assert.equal(issued.chainPem, read(issued.chainPem).pem + lower.certificatePem);
    });
  }

  test('signs with the algorithm that is set', async () => {
    const pair = selfSigned(keyPem('RSA', 'rsa_keygen_bits:2048'));
    const secret = { 'tls.crt': pair.certificatePem, 'tls.key': pair.keyPem };
    const signer = await opened({ secret, config: { signatureAlgorithm: 'PS384' } });
    const issued = assertIssued(await signer.sign(request, { signal }));
    const text = openssl(['x509', '-in', 'c', '-noout', '-text'], { c: issued.chainPem });
    assert.match(text, /Signature Algorithm: rsassaPss\s+Hash Algorithm: sha384/);
  });

  test('takes the bundle for ca.crt from where ca says', async () => {
    const bundle = objectOf(
      { 'ca.crt': root.certificatePem + stranger.certificatePem },
      'ConfigMap "roots" in namespace "pki"',
    );
    const config: SecretCaConfig = { ca: { configMapRef: { name: 'roots' } } };
    assert.deepEqual(definition.references?.(config), [
      { id: 'ca', kind: 'ConfigMap', field: 'ca.configMapRef', name: 'roots' },
    ]);
    const signer = await opened({ secret: chain, config, bundle });
    const issued = assertIssued(await signer.sign(request, { signal }));
    assert.equal(issued.caBundlePem, root.certificatePem + stranger.certificatePem);
  });

  test('names the Secret in a dry run', async () => {
    const shown = await (await opened({ secret: chain })).preview?.(request);
    assert.ok(shown?.ok);
    assert.match(shown.value.join(), /by the key in Secret "ca" in namespace "pki"\n/);
  });
});

describe('a CA in a Secret is refused', () => {
  const cases: readonly (Given & { readonly what: string; readonly words: RegExp })[] = [
    { what: 'without a Secret', words: /^spec\.authSecretRef: is not set; name the Secret that holds the CA/ },
    {
      what: 'with a key of the Secret chosen',
      secret: chain,
      secretKey: 'ca',
      words: /^spec\.authSecretRef\.key: is "ca", but/,
    },
    { what: 'without either key', secret: {}, words: /^Secret "ca" in namespace "pki" has no tls\.crt and tls\.key; put/ },
    { what: 'without a private key', secret: { 'tls.crt': '' }, words: /has no tls\.key; put the CA certificate in tls\.crt/ },
    {
      what: 'with a private key that is none',
      secret: { ...chain, 'tls.key': lower.certificatePem },
      words: /^Secret "ca" in namespace "pki", key tls\.key: it is no PEM private key; it needs/,
    },
    {
      what: 'with a private key that is too small',
      secret: { ...chain, 'tls.key': keyPem('RSA', 'rsa_keygen_bits:1024') },
      words: /key tls\.key: it is an RSA key of 1024 bits; make one/,
    },
    {
      what: 'with a bundle that holds a private key',
      secret: chain,
      config: { ca: { inline: root.certificatePem + chain['tls.key'] } },
      words: /^secretCa\.ca\.inline holds a private key: remove it/,
    },
  ];
  for (const { what, words, ...given } of cases) {
    test(what, async () => {
      const signer = await open(given);
      assert.ok(!signer.ok);
      assert.equal(signer.error.code, 'ConfigError');
      assert.match(signer.error.message, words);
      assert.doesNotMatch(signer.error.message, /BEGIN (EC |RSA )?PRIVATE KEY-----\n/);
    });
  }

  test('by its check where the certificate holds a private key, whatever is in ca.crt', async () => {
    const secret = { ...chain, 'tls.crt': lower.certificatePem + chain['tls.key'], 'ca.crt': root.certificatePem };
    const found = await check({ secret });
    assert.equal(found.outcome === 'issuer-broken' && found.code, 'ConfigError');
    assert.match(found.message, /CA certificate in key tls\.crt of Secret "ca" .* it holds a private key/);
  });

  test('by its check where certificate and key are not a pair', async () => {
    const found = await check({ secret: { ...chain, 'tls.crt': stranger.certificatePem } });
    assert.equal(found.outcome === 'issuer-broken' && found.code, 'CAMismatch');
    assert.match(found.message, /in key tls\.crt of Secret "ca" in namespace "pki" and key tls\.key of Secret/);
  });
});
