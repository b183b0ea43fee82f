import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeCsr } from '../unit/mockca/support/csrs.ts';
import { openssl } from '../unit/x509/tools.ts';
import { runCommand, type CommandResult } from './support/mockca-process.ts';
import { startSecureMockCa, type SecureMockCa } from './support/secure-mockca.ts';

const cwd = mkdtempSync(join(tmpdir(), 'issuer-files-e2e-'));
after(() => rmSync(cwd, { recursive: true, force: true }));
writeFileSync(join(cwd, 'tls.csr'), makeCsr('/O=Example/CN=a.example', ['DNS:a.example', 'URI:spiffe://a/b']).pem);

const indent = (text: string, by: string): string => text.trimEnd().replaceAll('\n', `\n${by}`);

/** An issuer of the mock CA server, the ConfigMap with its configuration and the Secrets it refers to. */
function manifests(ca: SecureMockCa, changes: Readonly<Record<string, string>> = {}): string {
  const { token = ca.token, more = '', url = ca.url } = changes;
  return `# what a user would keep in one file
apiVersion: external-issuer.io/v1alpha1
kind: ExternalIssuer
metadata: {name: pki, namespace: team-a}
spec:
  signerType: pki
  configMapRef: {name: pki-config}
  authSecretRef: {name: credentials}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: pki-config}
data:
  pki-config.json: |
    baseUrl: ${url}
    auth: {type: bearer}
    tls:
      caSecretRef: {name: trust}
      clientCertSecretRef: {name: client}
    steps:
      - name: sign
        url: /api/v1/sign
        body: {json: {csr: "{{ csr.pem }}", validity_days: "{{ duration.days | json }}"}}
        headers: {Idempotency-Key: "{{ request.idempotencyKey }}"}
    response: {format: json, certificateField: certificate_chain, caField: ca, errorField: error}
    pending:
      id: request_id
      poll: {url: "/requests/{{ id }}", rules: [{when: 'body.status == "pending"', outcome: pending}]}
    pollInterval: 1s
    check: {url: /ca}
    ${more}
---
apiVersion: v1
kind: Secret
metadata: {name: credentials}
stringData: {token: "${token}"}
---
apiVersion: v1
kind: Secret
metadata: {name: trust}
stringData:
  ca.crt: |
    ${indent(ca.trustPem, '    ')}
---
apiVersion: v1
kind: Secret
metadata: {name: client}
data:
  tls.crt: ${Buffer.from(ca.client.certificatePem).toString('base64')}
  tls.key: ${Buffer.from(ca.client.keyPem).toString('base64')}
`;
}

const loopback = '--allow-ca-addresses=127.0.0.1';

/** Runs a command with the issuer on its standard input. */
async function run(command: string, stdin: string, ...args: readonly string[]): Promise<CommandResult> {
  return await runCommand([command, '-f', '-', loopback, ...args], { cwd, stdin });
}

describe('an issuer of a file, without a cluster', () => {
  let ca: SecureMockCa;
  before(async () => {
    ca = await startSecureMockCa('token and certificate');
  });
  after(async () => await ca[Symbol.asyncDispose]());

  test('is checked: valid, and its CA works', async () => {
    const { code, stdout, stderr } = await run('check', manifests(ca), '-v');
    assert.match(stdout, /^ExternalIssuer "pki" in namespace "team-a": healthy: /m);
    assert.equal(code, 0);
    assert.match(stderr, /^> GET https:\/\/127\.0\.0\.1:\d+\/ca$/m);
    assert.match(stderr, /^< 200/m);
    assert.ok(!stderr.includes(ca.token));
  });

  test('is not healthy where the CA refuses its token, or may not be reached', async () => {
    // Without a token the server shows /ca, and nothing else.
    const wrong = manifests(ca, { token: 'wrong' }).replace('check: {url: /ca}', 'check: {url: /requests/x}');
    const refused = await run('check', wrong);
    assert.match(refused.stderr, /^error: ExternalIssuer "pki" in namespace "team-a": not healthy: CAAuthRefused: /m);
    assert.equal(refused.code, 1);
    const { code, stderr } = await runCommand(['check', '-f', '-'], { cwd, stdin: manifests(ca) });
    assert.match(stderr, /not healthy: AddressRefused: .*--allow-ca-addresses/);
    assert.equal(code, 1);
  });

  test('is not valid where a key is misspelt: file, object, key and the one that is meant are named', async () => {
    writeFileSync(join(cwd, 'issuer.yaml'), manifests(ca).replace('certificateField:', 'certficateField:'));
    const { code, stderr } = await runCommand(['check', '-f', 'issuer.yaml'], { cwd });
    assert.match(
      stderr,
      /^error: issuer\.yaml: ConfigMap "pki-config" in namespace "team-a", key "pki-config\.json": pki\.response: unknown key "certficateField"; did you mean "certificateField"\?/,
    );
    assert.equal(code, 1);
  });

  test('shows with --dry-run the exact request, without the token, and sends nothing', async () => {
    const served = ca.requests().length;
    const { code, stdout, stderr } = await run('sign', manifests(ca), '--csr=tls.csr', '--dry-run', '--duration=30d');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^POST https:\/\/127\.0\.0\.1:\d+\/api\/v1\/sign$/m);
    assert.match(stdout, /^authorization: Bearer \*\*\*$/m);
    assert.match(stdout, /"csr":"-----BEGIN CERTIFICATE REQUEST-----\\n.*"validity_days":30/);
    assert.ok(!(stdout + stderr).includes(ca.token));
    assert.equal(ca.requests().length, served);
  });

  test('signs: the verified chain, and the CA that openssl verifies it by', async () => {
    const { code, stdout, stderr } = await run(
      'sign',
      manifests(ca),
      '--csr=tls.csr',
      '--ca-out=ca.crt',
      '--usage=server auth',
    );
    assert.equal(code, 0, stderr);
    assert.equal(new X509Certificate(stdout).subject, 'O=Example\nCN=a.example');
    const files = { 'ca.crt': readFileSync(join(cwd, 'ca.crt'), 'utf8'), 'tls.crt': stdout };
    assert.equal(openssl(['verify', '-CAfile', 'ca.crt', 'tls.crt'], files), 'tls.crt: OK\n');
    assert.match(stderr, /^Names {6}DNS:a\.example, URI:spiffe:\/\/a\/b$/m);
    const [signed] = (await ca.signings()).slice(-1);
    assert.match(signed?.idempotencyKey ?? '', /^[0-9a-f-]{36}$/);
  });

  test('tells with -v what was sent, answered and read, without the token', async () => {
    const { stderr } = await run('sign', manifests(ca), '--csr=tls.csr', '-v');
    assert.match(stderr, /^> authorization: Bearer \*\*\*$/m);
    assert.match(stderr, /^< 200/m);
    assert.match(stderr, /^= certificate: CN=a\.example,O=Example, signed by CN=/m);
    assert.ok(!stderr.includes(ca.token));
  });

  test('fails with the reason where the CA refuses the request', async () => {
    const { code, stdout, stderr } = await run('sign', manifests(ca, { token: 'wrong' }), '--csr=tls.csr');
    assert.match(stderr, /^error: CAAuthRefused: .* The check of the issuer passes, /m);
    assert.deepEqual([code, stdout], [1, '']);
  });

  test('revokes as its configuration says', async () => {
    const more = `revoke: {url: /ca, query: {serial: "{{ serial.hex }}"}}`;
    const { code, stdout, stderr } = await run('revoke', manifests(ca, { more }), '--serial=0A:FF', '-v');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /: revoked 0aff: /);
    assert.match(stderr, /^> GET https:\/\/127\.0\.0\.1:\d+\/ca\?serial=0aff$/m);
    const without = await run('revoke', manifests(ca), '--serial=0A:FF');
    assert.match(without.stderr, /does not say how a certificate is revoked\. Set pki\.revoke to the request/);
    assert.equal(without.code, 1);
  });

  test('waits for a CA that decides later', async () => {
    await using late = await startSecureMockCa('token and certificate', ['--fault-pending=1']);
    const { code, stdout, stderr } = await run('sign', manifests(late), '--csr=tls.csr');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^The CA has the request as "[^"]+" and decides later\./m);
    assert.match(stdout, /^-----BEGIN CERTIFICATE-----/);
    const hurried = await run('sign', manifests(late), '--csr=tls.csr', '--timeout=1ms');
    assert.match(hurried.stderr, /^error: the CA has not decided on request "[^"]+" within 1ms \(--timeout\)/m);
    assert.equal(hurried.code, 1);
  });

  const faults: readonly [string, RegExp][] = [
    ['--fault-answer=wrong-key', /^error: ChainKeyMismatch: .* The controller would fail the request\.$/m],
    ['--fault-answer=expired', /^error: CertificateExpired: .* The controller would fail the request\.$/m],
    ['--fault-error-rate=1', /^error: CA\w+: .*503.* The controller would try again/m],
  ];
  for (const [fault, message] of faults) {
    test(`writes nothing and says why where the CA answers as by ${fault}`, async () => {
      await using spoilt = await startSecureMockCa('token and certificate', [fault]);
      const { code, stdout, stderr } = await run('sign', manifests(spoilt), '--csr=tls.csr');
      assert.match(stderr, message);
      assert.deepEqual([code, stdout], [1, '']);
    });
  }
});
