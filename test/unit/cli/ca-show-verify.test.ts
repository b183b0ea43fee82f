import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { parse } from 'yaml';
import { runCa, verifyChain } from './support/ca.ts';
import { makeFolder } from './support/cli.ts';
import { type MemoryVault, memoryVault } from './support/memory-vault.ts';
import { outsideCa } from './support/outside-ca.ts';

const folder = makeFolder();
const outside = outsideCa();
after(() => {
  folder.remove();
  outside.remove();
});

const day = 86_400_000;

async function made(vault: MemoryVault, ...args: readonly string[]): Promise<string> {
  const { stdout, error } = await runCa(vault, [args[0] ?? '', '--vault-url', vault.url, ...args.slice(1)]);
  assert.equal(error, undefined);
  return stdout;
}

/** A vault with a root and an issuing CA below it. */
async function vaultWithCa(): Promise<MemoryVault> {
  const vault = memoryVault();
  vault.makeKey('root');
  vault.makeKey('ca', { type: 'RSA', bits: 2048 });
  await made(vault, 'create', '--key', 'root', '--common-name', 'Root', '--store');
  const parent = ['--parent-key', 'root', '--path-length', '0', '--validity', '1000d'];
  await made(vault, 'create', '--key', 'ca', '--subject', 'CN=Issuing,O=Example', ...parent, '--store');
  return vault;
}

function at(vault: MemoryVault, command: 'show' | 'verify', ...more: readonly string[]): readonly string[] {
  return [command, '--vault-url', vault.url, '--key', 'ca', ...more];
}

describe('ca show', () => {
  test('tells of the certificate, its key and its chain', async () => {
    const vault = await vaultWithCa();
    const { stdout, stderr, error } = await runCa(vault, at(vault, 'show'));
    assert.equal(error, undefined);
    assert.equal(stderr, '');
    const lines = [
      'Found in    the secret "ca" of https://team.vault.azure.net',
      'Subject     CN=Issuing,O=Example',
      'Issuer      CN=Root',
      'Life left   ',
      'Key         RSA 2048, https://team.vault.azure.net/keys/ca/',
      'Signs with  RS256, RS384, RS512, PS256, PS384, PS512',
      'Signed with ecdsa-with-SHA256',
      'CA          yes, path length 0: no CA below it',
      'Above (1)   CN=Root',
    ];
    for (const line of lines) assert.ok(stdout.includes(line), line);
    assert.ok(!vault.calls.slice(-4).includes('keys/sign ca'), 'nothing is signed');
  });

  test('gives the same to programs', async () => {
    const vault = await vaultWithCa();
    const json = JSON.parse((await runCa(vault, at(vault, 'show', '-o', 'json'))).stdout) as Record<string, unknown>;
    const pem = (await runCa(vault, at(vault, 'show', '-o', 'pem'))).stdout;
    assert.equal(verifyChain(pem), 'leaf.pem: OK');
    const { serialNumber, fingerprint256 } = new X509Certificate(pem);
    assert.deepEqual(
      [json['serial'], json['fingerprintSha256'], json['above'], json['pathLength'], json['certificates']],
      [serialNumber.toLowerCase(), fingerprint256, ['CN=Root'], 0, pem],
    );
    const yaml = parse((await runCa(vault, at(vault, 'show', '-o', 'yaml'))).stdout) as Record<string, unknown>;
    assert.deepEqual({ ...yaml, secondsLeft: 0 }, { ...json, secondsLeft: 0 });
  });

  test('shows what an issuer would not use, and says why', async () => {
    const vault = await vaultWithCa();
    const expired = await runCa(vault, at(vault, 'show'), { now: Date.now() + 1001 * day });
    assert.match(expired.stdout, /\nLife left {3}none: it has expired\n/);
    assert.match(expired.error ?? '', /^Failed: an issuer would not use it: [^]*it expired at/);
    const algorithm = await runCa(vault, at(vault, 'show', '--signature-algorithm', 'ES256'));
    assert.match(algorithm.error ?? '', /--signature-algorithm: is ES256, which [^]*does not sign with/);
  });

  test('looks where an issuer is told to look', async () => {
    const vault = await vaultWithCa();
    const [certificate, secret] = [vault.secrets.get('ca')?.[0]?.value ?? '', vault.secrets.get('ca')?.[0]?.id ?? ''];
    vault.setCertificate('object', outside.toDer(certificate));
    vault.setSecret('other', certificate);
    vault.setSecret('ca', 'newer, and no certificate');
    const places: readonly [readonly string[], string][] = [
      [['--secret-name', 'other'], 'the secret "other" of'],
      [['--secret-version', secret.slice(-32)], 'the secret "ca" of'],
      [['--vault-certificate', 'object'], 'the certificate "object" of'],
      [['--certificate', folder.write('ca.crt', certificate)], 'the file of --certificate'],
    ];
    for (const [options, where] of places) {
      const { stdout, error } = await runCa(vault, at(vault, 'show', ...options));
      assert.equal(error, undefined, options[0]);
      assert.ok(stdout.startsWith(`Found in    ${where}`), stdout);
    }
    assert.match(
      (await runCa(vault, at(vault, 'show'))).error ?? '',
      /^Failed: [^]*the secret "ca" of [^]*holds no certificate/,
    );
  });
});

describe('ca verify', () => {
  test('finds nothing wrong with a CA that works, and has its key sign', async () => {
    const vault = await vaultWithCa();
    const { stdout, stderr, error } = await runCa(vault, at(vault, 'verify'));
    assert.equal(error, undefined);
    assert.deepEqual(
      stdout.split('\n').map((line) => line.slice(0, 20)),
      ['ok       key        ', 'ok       certificate', 'ok       chain      ', 'ok       signing    ', ''],
    );
    assert.match(stderr, /The identity of the issuer needs rights of its own: Key\/Get and Key\/Sign, Secret\/Get/);
    assert.equal(vault.calls.at(-1), 'keys/sign ca');
  });

  type Spoil = (vault: MemoryVault) => void;
  const problems: readonly [string, Spoil, RegExp][] = [
    ['a key that is disabled', (vault) => vault.change('ca', { enabled: false }), /^problem {2}CA {13}The key \S+ is disabled/],
    [
      'no right to sign',
      (vault) => vault.fail('keys/sign', 'Forbidden'),
      /\nproblem {2}signing {8}The vault said Forbidden to keys\/sign/,
    ],
    [
      'no right to read the secret',
      (vault) => vault.fail('secrets/get', 'Forbidden'),
      /^problem {2}CA {13}The vault said Forbidden/,
    ],
    ['no right to read the key', (vault) => vault.fail('keys/get', 'Forbidden'), /^problem {2}CA {13}The vault said Forbidden/],
    [
      'a wrong signature',
      (vault) => vault.spoil((signature) => signature.slice(1)),
      /\nproblem {2}signing {8}The signature that came from/,
    ],
    ['no secret', (vault) => vault.secrets.clear(), /^problem {2}CA {13}There is no "ca"/],
    [
      'the certificate of another key',
      (vault) => vault.setSecret('ca', outside.rootPem),
      /^problem {2}CA {13}No version of the key "ca" [^\n]* \("CN=Outside Root,O=Outside"\)/,
    ],
    [
      'a private key in the secret',
      (vault) => vault.setSecret('ca', outside.keyPem),
      /^problem {2}CA {13}[^]*the secret "ca" of [^]*holds a private key/,
    ],
  ];
  for (const [what, spoil, message] of problems) {
    test(`finds ${what}`, async () => {
      const vault = await vaultWithCa();
      spoil(vault);
      const { stdout, error } = await runCa(vault, at(vault, 'verify'));
      assert.match(stdout, message);
      assert.match(error ?? '', /^Failed: an issuer with these settings would not be ready/);
    });
  }

  test('warns of an end that is near, a newer version of the key and a root that is missing', async () => {
    const vault = await vaultWithCa();
    const [own = ''] = (vault.secrets.get('ca')?.[0]?.value ?? '').split(/(?<=-----END CERTIFICATE-----\n)/);
    vault.setSecret('ca', own);
    vault.makeKey('ca');
    const { stdout, error } = await runCa(vault, at(vault, 'verify'), { now: Date.now() + 990 * day });
    assert.equal(error, undefined);
    assert.match(
      stdout,
      /\nwarning {2}chain {10}The chain ends with "CN=Issuing,O=Example"; its issuer "CN=Root" is not in it/,
    );
    assert.match(stdout, /\nwarning {2}NewKeyVersion {2}The newest version of the key "ca"/);
    assert.match(stdout, /\nwarning {2}CAExpiresSoon {2}The CA certificate "CN=Issuing,O=Example" ends at/);
  });

  test('finds more CAs in a row than a root allows', async () => {
    const strict = outsideCa('/CN=Strict Root');
    const vault = memoryVault();
    for (const key of ['above', 'ca']) vault.makeKey(key);
    const csr = await made(vault, 'csr', '--key', 'above', '--common-name', 'Above');
    const above = strict.sign(csr, { extensions: 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign' });
    vault.setSecret('above', above + strict.rootPem);
    await made(vault, 'create', '--key', 'ca', '--common-name', 'Below', '--parent-key', 'above', '--store');
    assert.equal((await runCa(vault, at(vault, 'verify'))).error, undefined);
    const narrow = strict.sign(csr, {
      extensions: 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign',
    });
    strict.remove();
    const [own = ''] = (vault.secrets.get('ca')?.[0]?.value ?? '').split(/(?<=-----END CERTIFICATE-----\n)/);
    vault.setSecret('ca', own + narrow + strict.rootPem);
    const { stdout, error } = await runCa(vault, at(vault, 'verify'));
    assert.match(
      stdout,
      /\nproblem {2}certificate {4}The CA certificate in .* there are more CAs below "CN=Above" than its path length 0 allows/,
    );
    assert.match(error ?? '', /see the problems above$/);
  });
});
