import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { openssl } from '../x509/tools.ts';
import { runCa, verifyChain } from './support/ca.ts';
import { makeFolder } from './support/cli.ts';
import { memoryVault } from './support/memory-vault.ts';
import { outsideCa } from './support/outside-ca.ts';

const folder = makeFolder();
const outside = outsideCa();
after(() => {
  folder.remove();
  outside.remove();
});

const vault = memoryVault();
vault.makeKey('ca', { type: 'RSA', bits: 2048 });
const named = ['--key', 'ca', '--subject', 'CN=Issuing,O=Example', '--path-length', '0'];
const asked = await runCa(vault, ['csr', '--vault-url', vault.url, ...named]);
const certificate = outside.sign(asked.stdout);
const stranger = await runCa(memoryWithKey(), ['csr', '--vault-url', vault.url, '--key', 'ca', '--common-name', 'Stranger']);

let files = 0;
function fileOf(content: string | Uint8Array): string {
  files += 1;
  const file = folder.write(`file-${files}`, '');
  writeFileSync(file, content);
  return file;
}

/** Imports files into a vault with the same keys. */
function importing(contents: readonly (string | Uint8Array)[], ...more: readonly string[]): readonly string[] {
  const names = contents.flatMap((content) => ['--certificate', fileOf(content)]);
  return ['import', '--vault-url', vault.url, '--key', 'ca', ...names, ...more];
}

describe('ca csr', () => {
  test('asks for the certificate of a CA, which openssl verifies', () => {
    const text = openssl(['req', '-in', 'a', '-noout', '-verify', '-text'], { a: asked.stdout });
    assert.match(text, /Subject: O ?= ?Example, CN ?= ?Issuing\n[^]*CA:TRUE, pathlen:0\n[^]*Certificate Sign, CRL Sign/);
    assert.match(
      asked.stderr,
      /Asks for {4}a CA certificate, path length 0\n[^]*\nHave it signed by the CA outside, [^\n]* ca import /,
    );
  });
});

describe('ca import', () => {
  const forms: readonly [string, readonly (string | Uint8Array)[]][] = [
    ['PEM with its chain', [certificate + outside.rootPem]],
    [
      'PEM with its chain upside down, twice, with CR LF',
      [(outside.rootPem + certificate + certificate).replaceAll('\n', '\r\n')],
    ],
    ['files, the root first', [outside.rootPem, certificate]],
    ['DER', [outside.toDer(certificate), outside.toDer(outside.rootPem)]],
    ['PKCS #7, DER', [outside.pkcs7(outside.rootPem + certificate, 'DER')]],
    ['PKCS #7, PEM', [outside.pkcs7(outside.rootPem + certificate, 'PEM')]],
  ];
  for (const [what, contents] of forms) {
    test(`takes ${what}, shows it, and stores it in order`, async () => {
      vault.secrets.clear();
      const { stdout, stderr, error } = await runCa(vault, importing(contents));
      assert.equal(error, undefined);
      assert.equal(stdout, '');
      assert.match(stderr, /^Subject {5}CN=Issuing,O=Example\nIssuer {6}CN=Outside Root,O=Outside\n[^]*\nStored as \S+\n$/);
      const stored = vault.secrets.get('ca')?.[0]?.value ?? '';
      assert.equal(stored, certificate + outside.rootPem);
      assert.equal(verifyChain(stored), 'leaf.pem: OK');
    });
  }

  test('again changes nothing; another certificate is refused, and replaces by --force', async () => {
    vault.secrets.clear();
    await runCa(vault, importing([certificate, outside.rootPem]));
    const again = await runCa(vault, importing([certificate, outside.rootPem]));
    assert.match(again.stderr, /\nIt is stored already: \S+\n$/);
    const renewed = outside.sign(asked.stdout, { days: 2000 });
    const refused = await runCa(vault, importing([renewed, outside.rootPem]));
    assert.match(refused.error ?? '', /is there already, with another value/);
    assert.equal(vault.secrets.get('ca')?.length, 1);
    const forced = await runCa(vault, importing([renewed, outside.rootPem], '--force'));
    assert.equal(forced.error, undefined);
    assert.equal(vault.secrets.get('ca')?.[1]?.value, renewed + outside.rootPem);
  });

  test('--dry-run stores nothing, and a root that is missing is a warning', async () => {
    vault.secrets.clear();
    const { stderr, error } = await runCa(vault, importing([certificate], '--dry-run'));
    assert.equal(error, undefined);
    assert.match(
      stderr,
      /\nwarning: The chain ends with "CN=Issuing,O=Example"; its issuer "CN=Outside Root,O=Outside" is not in it\./,
    );
    assert.match(stderr, /\nIt fits\. Nothing was stored \(--dry-run\)\.\n$/);
    assert.equal(vault.secrets.size, 0);
  });

  test('finds the older version of a key that the certificate is for, and says that there is a newer one', async () => {
    const rotated = memoryVault();
    rotated.makeKey('ca');
    const csr = await runCa(rotated, ['csr', '--vault-url', vault.url, '--key', 'ca', '--common-name', 'Old']);
    rotated.makeKey('ca');
    const { stderr, error } = await runCa(rotated, importing([outside.sign(csr.stdout), outside.rootPem]));
    assert.equal(error, undefined);
    assert.match(
      stderr,
      /Key {9}EC P-256, \S+0{31}1\n[^]*\nwarning: The newest version of the key "ca" [^\n]* has no certificate yet/,
    );
  });

  const leaf = 'basicConstraints=critical,CA:FALSE';
  const noSign = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature';
  const refused: readonly [string, readonly (string | Uint8Array)[], RegExp][] = [
    [
      'a certificate for another key',
      [outside.sign(stranger.stdout)],
      /^Failed: No version of the key "ca" of \S+ belongs to the CA certificate in the file of --certificate/,
    ],
    ['one that is no CA', [outside.sign(asked.stdout, { extensions: leaf })], /it is no CA certificate/],
    ['one that may not sign', [outside.sign(asked.stdout, { extensions: noSign })], /its key usage lacks cert sign/],
    [
      'a certificate that has nothing to do with it',
      [certificate, outsidePem()],
      /is neither in the path from the leaf nor an issuer/,
    ],
    ['a private key', [certificate, outside.keyPem], /^Failed: --certificate: \S+ holds a private key/],
    ['a CSR', [asked.stdout], /holds a block CERTIFICATE REQUEST; give certificates alone/],
    ['a text without PEM', ['not a certificate'], /holds no certificate: it is neither PEM, nor/],
    ['nothing', [''], /holds no certificate/],
    ['bytes at random', [Buffer.from('3082ffff0201', 'hex')], /holds no certificate/],
    ['PEM that is cut', [certificate.slice(0, 300)], /has no END line of the same name/],
    ['PEM of something else', ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'], /is no X\.509 certificate/],
    ['PKCS #7 of nothing', ['-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n'], /holds a block PKCS7 that cannot be read/],
    ['too much', ['x'.repeat(1024 * 1024 + 1)], /has more than 1024 KiB; that is no chain of certificates/],
    ['too many', [Array.from({ length: 30 }, () => outside.rootPem).join('')], /holds more than 20 certificates/],
  ];
  for (const [what, contents, message] of refused) {
    test(`refuses ${what}`, async () => {
      vault.secrets.clear();
      const { stdout, error } = await runCa(vault, importing(contents, '--force'));
      assert.match(error ?? '', message);
      assert.ok(!(error ?? '').includes('PRIVATE KEY'));
      assert.deepEqual([stdout, vault.secrets.size], ['', 0]);
    });
  }

  test('refuses one that has expired, or whose issuer has', async () => {
    const later = Date.now() + 1500 * 86_400_000;
    const expired = await runCa(vault, importing([certificate, outside.rootPem]), { now: later });
    assert.match(expired.error ?? '', /it expired at/);
    const longer = outside.sign(asked.stdout, { days: 5000 });
    const orphan = await runCa(vault, importing([longer, outside.rootPem]), { now: Date.now() + 4000 * 86_400_000 });
    assert.match(orphan.error ?? '', /the certificate "CN=Outside Root,O=Outside" above it expired at 20\S+; renew it\.$/);
  });
});

function memoryWithKey(): ReturnType<typeof memoryVault> {
  const other = memoryVault();
  other.makeKey('ca');
  return other;
}

function outsidePem(): string {
  const other = outsideCa('/CN=Other Root');
  other.remove();
  return other.rootPem;
}
