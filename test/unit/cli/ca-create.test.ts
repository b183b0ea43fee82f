import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../src/lib/clock.ts';
import { loadAuthority } from '../../../src/signers/mock-ca/load.ts';
import { csrWithKey, issued } from '../x509/ca-tools.ts';
import { openssl } from '../x509/tools.ts';
import { runCa, textOf, verifyChain } from './support/ca.ts';
import { type MemoryVault, memoryVault } from './support/memory-vault.ts';

const day = 86_400_000;

function create(vault: MemoryVault, key: string, ...more: readonly string[]): readonly string[] {
  return ['create', '--vault-url', vault.url, '--key', key, ...more];
}

/** A vault with a root in it, as `ca create --store` leaves it. */
async function vaultWithRoot(...more: readonly string[]): Promise<MemoryVault> {
  const vault = memoryVault();
  vault.makeKey('root');
  const made = await runCa(vault, create(vault, 'root', '--subject', 'CN=Root,O=Example', '--store', ...more));
  assert.equal(made.error, undefined);
  return vault;
}

describe('ca create makes a root', () => {
  for (const [algorithm, type, words] of [
    [undefined, { type: 'EC', curve: 'P-256' }, 'ecdsa-with-SHA256'],
    ['ES384', { type: 'EC-HSM', curve: 'P-384' }, 'ecdsa-with-SHA384'],
    [undefined, { type: 'EC', curve: 'P-521' }, 'ecdsa-with-SHA512'],
    [undefined, { type: 'RSA', bits: 2048 }, 'sha256WithRSAEncryption'],
    ['RS512', { type: 'RSA-HSM', bits: 2048 }, 'sha512WithRSAEncryption'],
    ['PS384', { type: 'RSA', bits: 2048 }, 'rsassaPss'],
  ] as const) {
    test(`of a key ${JSON.stringify(type)}, signed with ${algorithm ?? 'its default'}`, async () => {
      const vault = memoryVault();
      vault.makeKey('ca', type);
      const chosen = algorithm === undefined ? [] : ['--signature-algorithm', algorithm];
      const { stdout, stderr, error } = await runCa(
        vault,
        create(vault, 'ca', '--subject', '/C=DE/O=Example/CN=Root', ...chosen),
      );
      assert.equal(error, undefined);
      assert.equal(verifyChain(stdout), 'leaf.pem: OK');
      assert.match(textOf(stdout), new RegExp(`Signature Algorithm: ${words}`));
      assert.match(stderr, /^Subject {5}CN=Root,O=Example,C=DE\nIssuer {6}itself: a self-signed root\n/);
      assert.match(stderr, /SHA-256 {5}([0-9A-F]{2}:){31}/);
      assert.ok(!vault.calls.some((call) => call.startsWith('secrets/')), 'nothing is stored unless asked');
    });
  }

  test('that may have as many CAs below it as is said, for as long as is said', async () => {
    const vault = memoryVault();
    vault.makeKey('ca');
    const args = create(vault, 'ca', '--common-name', 'A, "B" & C', '--path-length', '2', '--validity', '36500h');
    const { stdout, stderr } = await runCa(vault, args);
    assert.match(textOf(stdout), /CA:TRUE, pathlen:2/);
    assert.match(stderr, /Subject {5}CN=A\\, \\"B\\" & C\n[^]*\(1520d\d+h[^]*path length 2: at most 2 CAs below it/);
    assert.equal(
      openssl(['x509', '-in', 'a', '-noout', '-checkend', String(1500 * 86_400)], { a: stdout }).trim(),
      'Certificate will not expire',
    );
  });

  test('and shows how it would be stored, or stores it as the secret that issuers look for', async () => {
    const vault = memoryVault();
    vault.makeKey('ca');
    const printed = await runCa(
      vault,
      create(vault, 'ca', '--common-name', 'Root', '--cloud', 'china', '--secret-name', 'other'),
    );
    assert.match(
      printed.stderr,
      /Nothing was stored\. To store it, once it is in a file: external-issuer ca import --vault-url https:\/\/team\.vault\.azure\.net --key ca --cloud china --secret-name other --certificate FILE\n$/,
    );
    const stored = await runCa(vault, create(vault, 'ca', '--common-name', 'Root', '--store'));
    assert.equal(stored.stdout, '');
    assert.match(stored.stderr, /^Subject[^]*\nStored as https:\/\/team\.vault\.azure\.net\/secrets\/ca\/0{31}2\n$/);
    assert.equal(verifyChain(vault.secrets.get('ca')?.[0]?.value ?? ''), 'leaf.pem: OK');
  });

  test('and prints it where storing is refused, so that it need not be signed again', async () => {
    const vault = memoryVault();
    vault.makeKey('ca');
    vault.fail('secrets/set', 'Forbidden');
    const { stdout, stderr, error } = await runCa(vault, create(vault, 'ca', '--common-name', 'Root', '--store'));
    assert.equal(error, 'Failed: The vault said Forbidden to secrets/set of "ca".');
    assert.equal(verifyChain(stdout), 'leaf.pem: OK');
    assert.match(stderr, /Nothing was stored\. To store it/);
  });

  test('only where the signature is that of the key', async () => {
    const vault = memoryVault();
    vault.makeKey('ca');
    vault.spoil(() => Buffer.from('30060201010201ff', 'hex'));
    const { stdout, error } = await runCa(vault, create(vault, 'ca', '--common-name', 'Root', '--store'));
    assert.match(error ?? '', /^Failed: The signature that came from \S+ does not verify with its public key/);
    assert.deepEqual([stdout, vault.secrets.size], ['', 0]);
  });
});

describe('ca create makes an intermediate', () => {
  test('under the key of another CA, which a leaf verifies under, and stores its chain', async () => {
    const vault = await vaultWithRoot('--path-length', '1');
    vault.makeKey('issuing', { type: 'RSA', bits: 2048 });
    const made = await runCa(
      vault,
      create(vault, 'issuing', '--subject', 'CN=Issuing,O=Example', '--parent-key', 'root', '--store'),
    );
    assert.equal(made.error, undefined);
    assert.match(made.stderr, /Issuer {6}CN=Root,O=Example\n[^]*path length 0: no CA below it/);
    const chain = vault.secrets.get('issuing')?.[0]?.value ?? '';
    assert.equal(verifyChain(chain), 'leaf.pem: OK');
    assert.ok(chain.endsWith(vault.secrets.get('root')?.[0]?.value ?? '-'), 'the root is in the chain');

    const keyPem = vault.privateKey('issuing').export({ format: 'pem', type: 'pkcs8' }).toString();
    const issuing = loadAuthority({ certificatePem: chain, keyPem }, { clock: systemClock });
    assert.ok(issuing.ok);
    const leaf = await issued(issuing.value, { csr: csrWithKey('leaf.example.com').csr });
    assert.equal(verifyChain(leaf.certificatePem + chain), 'leaf.pem: OK');
  });

  test('that ends with its parent at the latest, and says so', async () => {
    const vault = await vaultWithRoot('--validity', '1000h');
    vault.makeKey('issuing');
    const { stdout, stderr } = await runCa(
      vault,
      create(vault, 'issuing', '--common-name', 'I', '--parent-key', 'root', '--validity', '2000h'),
    );
    const [own, root] = stdout.match(/-----BEGIN[^]+?-----END CERTIFICATE-----\n/g) ?? [];
    const end = (pem = ''): string => openssl(['x509', '-in', 'a', '-noout', '-enddate'], { a: pem });
    assert.equal(end(own), end(root));
    assert.match(stderr, /not 83d8h: it ends with its parent/);
  });

  test('with a parent in another vault and its certificate in a file', async () => {
    const [team, offline] = [memoryVault(), memoryVault('https://offline.vault.azure.net')];
    offline.makeKey('root', { type: 'RSA', bits: 2048 });
    const root = await runCa(offline, create(offline, 'root', '--common-name', 'Root'));
    team.makeKey('issuing');
    const parent = ['--parent-key', 'root', '--parent-vault-url', offline.url, '--parent-certificate', '-'];
    const args = create(team, 'issuing', '--common-name', 'Issuing', ...parent, '--signature-algorithm', 'PS256');
    const { stdout, error } = await runCa([team, offline], args, { stdin: root.stdout });
    assert.equal(error, undefined);
    assert.equal(verifyChain(stdout), 'leaf.pem: OK');
    assert.match(textOf(stdout), /Signature Algorithm: rsassaPss/);
    assert.deepEqual([team.closed(), offline.closed()], [1, 2], 'each vault is closed');
  });

  test('down to the path length of those above it and no further', async () => {
    const vault = await vaultWithRoot('--path-length', '2');
    for (const [key, parent, pathLength] of [
      ['a', 'root', 1],
      ['b', 'a', 0],
    ] as const) {
      vault.makeKey(key);
      const made = await runCa(vault, create(vault, key, '--common-name', key, '--parent-key', parent, '--store'));
      assert.equal(made.error, undefined);
      assert.match(textOf(vault.secrets.get(key)?.[0]?.value ?? ''), new RegExp(`pathlen:${pathLength}\n`));
      assert.equal(verifyChain(vault.secrets.get(key)?.[0]?.value ?? ''), 'leaf.pem: OK');
    }
    const refused: readonly [readonly string[], RegExp][] = [
      [['--parent-key', 'b'], /^Failed: --parent-key: "CN=b" may have no CA below it/],
      [['--parent-key', 'a', '--path-length', '1'], /^Failed: --path-length: under "CN=a" it is 0 at most/],
    ];
    for (const [more, message] of refused) {
      const { error } = await runCa(vault, create(vault, 'c', '--create-key', '--common-name', 'c', ...more));
      assert.match(error ?? '', message);
    }
    assert.ok(!vault.calls.includes('keys/create c'), 'no key was made for what is refused');
  });

  const refused: readonly [string, readonly string[], RegExp][] = [
    ['a parent that is the key itself', ['root', '--parent-key', 'root'], /^Failed: --parent-key: it is the same key as --key/],
    [
      'the name of the parent',
      ['own', '--parent-key', 'root', '--subject', 'CN=Root,O=Example'],
      /^Failed: --subject: "CN=Root,O=Example" is the name/,
    ],
    ['a parent without certificate', ['own', '--parent-key', 'own'], /^Failed: --parent-key: There is no "own" in https/],
    [
      "an algorithm the parent's key has not",
      ['own', '--parent-key', 'root', '--signature-algorithm', 'RS256'],
      /^Failed: --signature-algorithm: The parent, which signs the certificate, is EC P-256 and does not sign with RS256\. Give ES256/,
    ],
  ];
  for (const [what, [key = '', ...more], message] of refused) {
    test(`but not with ${what}`, async () => {
      const vault = await vaultWithRoot();
      vault.makeKey('own');
      const subject = more.includes('--subject') ? [] : ['--common-name', 'Own'];
      const { stdout, error } = await runCa(vault, create(vault, key, ...subject, ...more));
      assert.match(error ?? '', message);
      assert.equal(stdout, '');
    });
  }

  test('but not under a parent that has expired', async () => {
    const vault = await vaultWithRoot('--validity', '24h');
    const { error } = await runCa(vault, create(vault, 'own', '--create-key', '--common-name', 'Own', '--parent-key', 'root'), {
      now: Date.now() + 2 * day,
    });
    assert.match(error ?? '', /^Failed: --parent-key: [^]*it expired at/);
    assert.ok(!vault.calls.includes('keys/create own'));
  });
});
