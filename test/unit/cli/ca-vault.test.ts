import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readEnvironment } from '../../controlplane/environment.ts';
import { type KeyVaultDouble, startKeyVault } from '../../key-vault/key-vault.ts';
import { csrWithKey } from '../x509/ca-tools.ts';
import { verifyChain } from './support/ca.ts';
import { makeFolder } from './support/cli.ts';
import { outsideCa } from './support/outside-ca.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = makeFolder();
const outside = outsideCa();

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('ca, the real program on a vault that speaks as Azure does', { concurrency: false }, () => {
  let vault: KeyVaultDouble;
  before(async () => {
    vault = await startKeyVault({ environment: readEnvironment(), stream: process.stderr });
  });
  after(async () => {
    await vault.close();
    folder.remove();
    outside.remove();
  });

  /** Runs `bin/external-issuer` as the application with the client secret; `env` is added. */
  async function program(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const { clientId, clientSecret } = vault.identities.clientSecret;
    const options = {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        NODE_EXTRA_CA_CERTS: vault.caFile,
        AZURE_AUTHORITY_HOST: vault.url,
        AZURE_TENANT_ID: vault.tenantId,
        AZURE_CLIENT_ID: clientId,
        AZURE_CLIENT_SECRET: clientSecret,
        EXTERNAL_ISSUER_ALLOW_CA_ADDRESSES: '127.0.0.1',
        EXTERNAL_ISSUER_AZURE_DISABLE_CHALLENGE_VERIFICATION: 'true',
        EXTERNAL_ISSUER_LOGIN: 'environment',
        ...env,
      },
    };
    const ended = await run('bin/external-issuer', args, options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as Ended,
    );
    assert.ok(!(ended.stdout + ended.stderr).includes(clientSecret), 'no secret is shown');
    return ended;
  }

  async function ca(command: string, key: string, ...more: readonly string[]): Promise<Ended> {
    return await program(['ca', command, '--vault-url', vault.url, '--key', key, ...more]);
  }

  async function done(command: string, key: string, ...more: readonly string[]): Promise<Ended> {
    const ended = await ca(command, key, ...more);
    assert.equal(ended.code, 0, ended.stderr);
    return ended;
  }

  test('makes a root and an intermediate, each with its key, and an issuer signs with it', async () => {
    const made = await done(
      'create',
      'root',
      '--create-key',
      '--key-type',
      'EC-HSM',
      '--curve',
      'P-384',
      '--common-name',
      'Root',
      '--store',
    );
    assert.match(
      made.stderr,
      /^Made the key https:\/\/\S+\/keys\/root\/[0-9a-f]{32} \(EC-HSM P-384\)\.\n[^]*\nStored as https:\/\/\S+\/secrets\/root\//,
    );
    const below = ['--subject', 'CN=Issuing,O=Example', '--path-length', '0', '--parent-key', 'root', '--store'];
    await done('create', 'issuing', '--create-key', '--key-size', '2048', ...below);
    const verified = await done('verify', 'issuing', '-v');
    assert.match(verified.stdout, /^ok {7}key[^]*\nok {7}signing {8}The key signed a probe with RS256/);
    assert.match(verified.stderr, /a signature of 256 bytes, which is right/);
    assert.equal(verifyChain((await done('show', 'issuing', '-o', 'pem')).stdout), 'leaf.pem: OK');

    const { clientId, clientSecret } = vault.identities.clientSecret;
    const issuer = folder.write(
      'issuer.yaml',
      `apiVersion: external-issuer.io/v1alpha1
kind: ExternalClusterIssuer
metadata: {name: vault}
spec:
  signerType: keyvault
  authSecretRef: {name: login}
  keyVault:
    vaultUrl: '${vault.url}'
    keyName: issuing
    auth: {type: clientSecret, tenantId: ${vault.tenantId}, clientId: ${clientId}}
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {client-secret: '${clientSecret}'}
`,
    );
    const csr = folder.write('leaf.csr', csrWithKey('leaf.example.com').csr.pem);
    const caFile = folder.write('ca.crt', '');
    const signed = await program(['sign', '-f', issuer, '--csr', csr, '--ca-out', caFile]);
    assert.equal(signed.code, 0, signed.stderr);
    assert.equal(verifyChain(signed.stdout + (await done('show', 'root', '-o', 'pem')).stdout), 'leaf.pem: OK');
  });

  test('overwrites nothing, and makes no version of a key, unless it is told to', async () => {
    const subject = ['--common-name', 'Other', '--create-key', '--key-type', 'EC'];
    const first = await ca('create', 'kept', ...subject, '--store');
    assert.equal(first.code, 0, first.stderr);
    await vault.clearJournal();
    const refused = [await ca('create', 'kept', ...subject, '--store'), await ca('create', 'kept', ...subject)];
    assert.deepEqual(
      refused.map(({ code, stdout }) => [code, stdout]),
      [
        [1, ''],
        [1, ''],
      ],
    );
    assert.match(refused[0]?.stderr ?? '', /^error: The secret "kept" of \S+ is there already/);
    assert.match(refused[1]?.stderr ?? '', /^error: --create-key: the key is there already \(EC P-256, /);
    const changes = (await vault.journal()).filter(({ operation }) => /create|set|sign/.test(operation));
    assert.deepEqual(changes, []);
    const forced = await done('create', 'kept', ...subject, '--new-key-version', '--store', '--force');
    assert.match(
      forced.stderr,
      /\nIt replaces https:\/\/\S+\/secrets\/kept\/[0-9a-f]{32}, which stays in the history of the vault/,
    );
  });

  test('has a CSR signed outside and imports what comes of it', async () => {
    await vault.createKey('outside', { kty: 'RSA', size: 3072 });
    const csr = await done('csr', 'outside', '--subject', '/O=Example/CN=Below', '--signature-algorithm', 'PS256');
    const certificate = folder.write('below.crt', outside.sign(csr.stdout) + outside.rootPem);
    await done('import', 'outside', '--certificate', certificate);
    assert.match((await done('import', 'outside', '--certificate', certificate)).stderr, /\nIt is stored already: https/);
    assert.equal((await ca('verify', 'outside')).code, 0);
    const other = await ca('import', 'root', '--certificate', certificate);
    assert.equal(other.code, 1);
    assert.match(
      other.stderr,
      /^error: No version of the key "root" of \S+ belongs to the CA certificate in the file of --certificate/,
    );
  });

  test('asks with the login of az alone, whatever application the environment has', async () => {
    await vault.clearJournal();
    const az = folder.write('az', `#!/bin/sh\necho "Please run 'az login' to setup account." >&2\nexit 1\n`);
    chmodSync(az, 0o755);
    const PATH = `${dirname(az)}:${process.env['PATH']}`;
    const args = ['ca', 'show', '--vault-url', vault.url, '--key', 'root', '--login', 'az'];
    const { code, stderr } = await program(args, { PATH });
    assert.equal(code, 1);
    assert.match(stderr, /no token for your own login \(az login\)/);
    assert.ok(
      (await vault.journal()).every(({ principal }) => principal === ''),
      'no token was shown',
    );
  });

  test('says which right is missing, and exits 1', async () => {
    const { clientId } = vault.identities.clientSecret;
    await vault.permit(clientId, ['keys/get', 'keys/list', 'secrets/get']);
    const { code, stdout, stderr } = await ca('verify', 'root');
    await vault.permit(clientId, ['*']);
    assert.equal(code, 1);
    assert.match(stdout, /\nproblem {2}signing[^\n]*the role "Key Vault Crypto User"/);
    assert.match(stderr, /^error: an issuer with these settings would not be ready/);
  });
});
