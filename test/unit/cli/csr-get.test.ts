import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import { getWith, type GetFlags } from '../../../src/cli/csr/get-run.ts';
import { openssl } from '../x509/tools.ts';
import { outcomeOf, type Outcome } from './support/cli.ts';
import { holds, notFound, scriptedClient, signingRequest } from './support/scripted-cluster.ts';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem'];
const selfSigned = (subject: string, ...options: readonly string[]): string =>
  openssl(['req', '-x509', ...newKey, '-subj', subject, '-days', '1', ...options]);
const leaf = selfSigned(
  '/CN=jane/O=developers',
  '-set_serial',
  '0x1a2b',
  '-addext',
  'subjectAltName=DNS:a.example,IP:10.0.0.1',
);
const above = selfSigned('/CN=above');
const chain = leaf + above;
const approved = holds('Approved', 'ApprovedByPerson', 'Fine.');

function issuedAs(pem: string): CertificateSigningRequest {
  return signingRequest({ conditions: [approved], certificate: Buffer.from(pem).toString('base64') });
}

async function get(
  request: CertificateSigningRequest | undefined,
  flags: Partial<GetFlags> = {},
): Promise<Outcome & { readonly code?: number }> {
  let code: number | undefined;
  const client = scriptedClient({
    get: (path) => {
      if (request === undefined) throw notFound(path);
      return request;
    },
  });
  const all = { leaf: false, output: 'pem', force: false, ...flags } as const;
  const outcome = await outcomeOf(async (deps) => await getWith(client, 'jane', all, deps), {
    setExitCode: (given) => {
      code = given;
    },
  });
  return { ...outcome, ...(code === undefined ? {} : { code }) };
}

const folder = mkdtempSync(join(tmpdir(), 'external-issuer-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('csr get', () => {
  test('writes the chain as its signer gave it', async () => {
    assert.deepEqual(await get(issuedAs(chain)), { stdout: chain, stderr: '' });
  });

  test('writes the certificate alone with --leaf', async () => {
    assert.equal((await get(issuedAs(chain), { leaf: true })).stdout, leaf);
  });

  test('leaves out what is written around the blocks', async () => {
    assert.equal((await get(issuedAs(`\u001B[31m${leaf}evil\n${above}`))).stdout, chain);
  });

  test('writes what is in the certificate as JSON', async () => {
    const { notBefore, notAfter, ...facts } = JSON.parse((await get(issuedAs(chain), { output: 'json' })).stdout) as Record<
      string,
      string
    >;
    const subject = 'O=developers,CN=jane';
    assert.deepEqual(facts, { subject, issuer: subject, serial: '1a2b', sans: ['DNS:a.example', 'IP:10.0.0.1'], pem: chain });
    assert.equal(Date.parse(notAfter ?? '') - Date.parse(notBefore ?? ''), 86_400_000);
  });

  test('writes what is in the certificate for people', async () => {
    const { stdout } = await get(issuedAs(chain), { output: 'text' });
    assert.match(
      stdout,
      /^Subject +O=developers,CN=jane\nSANs +DNS:a\.example, IP:10\.0\.0\.1\n.*Serial +1a2b\n.*Intermediate 1 +CN=above\n$/s,
    );
  });

  test('writes a file whole, overwrites none without --force, and leaves no draft', async () => {
    const out = join(folder, 'jane.crt');
    assert.deepEqual(await get(issuedAs(chain), { out }), { stdout: '', stderr: '' });
    assert.equal(readFileSync(out, 'utf8'), chain);
    writeFileSync(out, 'mine');
    assert.match((await get(issuedAs(chain), { out })).error ?? '', /^Failed: --out: .*jane\.crt is there already; .*--force/);
    assert.equal(readFileSync(out, 'utf8'), 'mine');
    assert.equal((await get(issuedAs(leaf), { out, force: true })).error, undefined);
    assert.equal(readFileSync(out, 'utf8'), leaf);
    assert.deepEqual(readdirSync(folder), ['jane.crt']);
  });

  test('says which file cannot be written', async () => {
    assert.match(
      (await get(issuedAs(chain), { out: join(folder, 'none', 'jane.crt') })).error ?? '',
      /^Failed: --out: .* cannot be written: ENOENT/,
    );
  });

  const without: readonly [string, CertificateSigningRequest, RegExp][] = [
    ['nobody approved', signingRequest(), /^error: jane has no certificate yet: it is not approved\. .* csr wait jane\n$/],
    [
      'its signer has not signed',
      signingRequest({ conditions: [approved] }),
      /it is approved, and its signer has not signed it\./,
    ],
  ];
  for (const [name, request, message] of without) {
    test(`ends with 3 for a request that ${name}, and names the command to wait`, async () => {
      const { stdout, stderr, code } = await get(request);
      assert.deepEqual([stdout, code], ['', 3]);
      assert.match(stderr, message);
    });
  }

  const failures: readonly [string, CertificateSigningRequest | undefined, RegExp][] = [
    [
      'was denied',
      signingRequest({ conditions: [holds('Denied', 'DeniedByPerson', 'No\u001B[2J')] }),
      /it was denied: DeniedByPerson: No\\u001b\[2J\./,
    ],
    [
      'has failed',
      signingRequest({ conditions: [holds('Failed', 'CARefused', 'No.')] }),
      /it has failed: CARefused: No\. Make the request again/,
    ],
    ['is gone', undefined, /no CertificateSigningRequest jane\. kube-controller-manager deletes .* an hour/],
    ['holds no certificate', issuedAs('nonsense'), /wrote as a certificate cannot be read: it holds no PEM block$/],
    [
      'holds a key',
      issuedAs(`${leaf}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`),
      /cannot be read: it holds a block PRIVATE KEY among its certificates$/,
    ],
  ];
  for (const [name, request, message] of failures) {
    test(`fails for a request that ${name}`, async () => {
      const { stdout, error } = await get(request);
      assert.equal(stdout, '');
      assert.match(error ?? '', message);
    });
  }
});
