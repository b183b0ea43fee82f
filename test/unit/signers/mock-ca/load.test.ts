import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../../src/lib/clock.ts';
import { loadAuthority } from '../../../../src/signers/mock-ca/load.ts';
import { csrWithKey, issued, read, subCA, testCA, verify } from '../../x509/ca-tools.ts';
import { goodCsr, openssl, opensslCsr } from '../../x509/tools.ts';

const csr = goodCsr(opensslCsr({}));
const keyPem = openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']);

/** A self-signed certificate of openssl's making, with the extensions wanted. */
function selfSigned(extensions: string, key = keyPem, options: readonly string[] = []): string {
  const config = `[req]\nprompt=no\ndistinguished_name=dn\n[dn]\nCN=Mine\n[ext]\n${extensions}`;
  const args = ['req', '-x509', '-config', 'c', '-extensions', 'ext', '-key', 'k', '-days', '30', ...options];
  return openssl(args, { c: config, k: key });
}

const ca = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign';
const good = selfSigned(ca);

describe('loadAuthority opens', () => {
  const keys: readonly { readonly what: string; readonly key: () => string }[] = [
    { what: 'PKCS #8, ECDSA', key: () => keyPem },
    { what: 'SEC 1, with the parameters before it', key: () => openssl(['ecparam', '-name', 'secp384r1', '-genkey']) },
    { what: 'PKCS #1', key: () => openssl(['genrsa', '-traditional', '2048']) },
    { what: 'PKCS #8, Ed25519', key: () => openssl(['genpkey', '-algorithm', 'ed25519']) },
  ];
  for (const { what, key } of keys) {
    test(`a CA that openssl made, its key as ${what}`, async () => {
      const pem = key();
      const loaded = loadAuthority(
        { certificatePem: Buffer.from(selfSigned(ca, pem)), keyPem: Buffer.from(pem) },
        { clock: systemClock },
      );
      assert.ok(loaded.ok, loaded.ok ? '' : loaded.error.message);
      const certificate = await issued(loaded.value, { csr });
      assert.equal(verify(certificate), 'leaf.pem: OK');
      assert.equal(certificate.chainPem, certificate.certificatePem);
      assert.equal(loaded.value.subject, 'CN=Mine');
    });
  }

  test('a CA that was made here, from its exported key', async () => {
    const made = await testCA();
    const loaded = loadAuthority({ certificatePem: made.certificatePem, keyPem: made.exportKeyPem() }, { clock: systemClock });
    assert.ok(loaded.ok);
    const { certificatePem, caPem, subject, notAfter } = loaded.value;
    assert.deepEqual(
      [certificatePem, caPem, subject, notAfter],
      [made.certificatePem, made.caPem, made.subject, made.notAfter],
    );
  });

  test('an intermediate with the certificates above it, and gives chain and root with what it signs', async () => {
    const root = await testCA();
    const upper = await subCA(root, 'Upper');
    const lower = await subCA(upper, 'Lower');
    const certificate = await issued(lower, { csr });
    assert.equal(certificate.chainPem, certificate.certificatePem + lower.certificatePem + upper.certificatePem);
    assert.equal(certificate.caPem, root.certificatePem);
    assert.equal(verify(certificate), 'leaf.pem: OK');
  });

  test('an intermediate alone, and gives itself as the highest it knows', async () => {
    const { csr: caCsr, keyPem: subKey } = csrWithKey('Sub');
    const { certificatePem } = await issued(await testCA(), { csr: caCsr, isCA: true });
    const loaded = loadAuthority({ certificatePem, keyPem: subKey }, { clock: systemClock });
    assert.ok(loaded.ok);
    const certificate = await issued(loaded.value, { csr });
    assert.equal(certificate.caPem, certificatePem);
    assert.equal(certificate.chainPem, certificate.certificatePem + certificatePem);
    assert.deepEqual(Buffer.from(read(certificate.certificatePem).issuer.der), Buffer.from(caCsr.subject.der));
  });
});

describe('loadAuthority refuses', () => {
  const otherKey = openssl(['genpkey', '-algorithm', 'ed25519']);
  const small = openssl(['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024']);
  const koblitz = openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1']);
  const encrypted = (traditional: readonly string[]): string =>
    openssl(['pkey', '-in', 'k', '-aes256', '-passout', 'pass:x', ...traditional], { k: keyPem });
  const cases: readonly {
    readonly what: string;
    readonly certificate?: string;
    readonly key?: string;
    readonly file: 'certificate' | 'key';
    readonly words: RegExp;
  }[] = [
    { what: 'a key of another certificate', key: otherKey, file: 'key', words: /does not belong to any certificate given/ },
    { what: 'an encrypted key', key: encrypted([]), file: 'key', words: /is encrypted; store it decrypted \("openssl pkey/ },
    { what: 'a key encrypted the old way', key: encrypted(['-traditional']), file: 'key', words: /is encrypted; store it/ },
    { what: 'a certificate for a key', key: good, file: 'key', words: /no PEM private key; it needs a block/ },
    { what: 'a key that is damaged', key: keyPem.replace('M', 'A'), file: 'key', words: /cannot be read/ },
    {
      what: 'a key that is too small',
      key: small,
      file: 'key',
      words: /it is an RSA key of 1024 bits; make one of at least 2048/,
    },
    { what: 'a key on another curve', key: koblitz, file: 'key', words: /it is an EC key on the curve secp256k1; make/ },
    { what: 'no certificate', certificate: '', file: 'certificate', words: /no certificate in it/ },
    { what: 'a certificate that is cut', certificate: good.slice(0, 200), file: 'certificate', words: /no END line/ },
    {
      what: 'a certificate of no CA',
      certificate: selfSigned('basicConstraints=CA:FALSE'),
      file: 'certificate',
      words: /no CA certificate/,
    },
    {
      what: 'a CA that may not sign certificates',
      certificate: selfSigned('basicConstraints=CA:TRUE\nkeyUsage=cRLSign'),
      file: 'certificate',
      words: /key usage lacks cert sign/,
    },
    {
      what: 'a CA without subject',
      certificate: selfSigned(ca, keyPem, ['-subj', '/']),
      file: 'certificate',
      words: /no subject/,
    },
    {
      what: 'a stranger in the chain',
      certificate: good + selfSigned(ca, otherKey, ['-subj', '/CN=Stranger']),
      file: 'certificate',
      words: /"CN=Stranger" is neither/,
    },
  ];
  for (const { what, certificate = good, key = keyPem, file, words } of cases) {
    test(what, () => {
      const loaded = loadAuthority({ certificatePem: certificate, keyPem: key }, { clock: systemClock });
      assert.ok(!loaded.ok);
      assert.equal(loaded.error.file, file, loaded.error.message);
      assert.match(loaded.error.message, words);
      assert.doesNotMatch(loaded.error.message, /BEGIN (EC |RSA |ENCRYPTED )?PRIVATE KEY-----\n/);
    });
  }

  const { notBefore, notAfter } = read(good);
  for (const [what, now, words] of [
    ['a CA that has expired', notAfter, /expired at 20.*; renew it/],
    ['a CA that is not valid yet', notBefore - 1, /not valid before 20.*set the clock/],
  ] as const) {
    test(what, () => {
      const loaded = loadAuthority({ certificatePem: good, keyPem }, { clock: { now: () => now } });
      assert.ok(!loaded.ok);
      assert.match(loaded.error.message, words);
    });
  }
});
