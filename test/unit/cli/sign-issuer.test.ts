import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import type { IssuerFlags } from '../../../src/cli/issuer-options.ts';
import { runSignWithIssuer } from '../../../src/cli/sign-issuer.ts';
import type { SignFlags } from '../../../src/cli/sign-input.ts';
import type { TrialFlags } from '../../../src/cli/trial-request.ts';
import { err, ok } from '../../../src/lib/result.ts';
import type { CheckOutcome, Issued, Signer, SignOutcome, SignRequest } from '../../../src/signers/signer.ts';
import { makeCsr } from '../mockca/support/csrs.ts';
import { issued, subCA, testCA } from '../x509/ca-tools.ts';
import { goodCsr } from '../x509/tools.ts';
import { makeFolder, outcomeOf, type Outcome } from './support/cli.ts';
import { fakeDefinition, type FakeDefinition } from './support/fake-definition.ts';

const folder = makeFolder();
after(folder.remove);

const csr = makeCsr('/CN=a.example', ['DNS:a.example']);
const csrFile = folder.write('tls.csr', csr.pem);
const manifest = (kind: string, spec = ''): string =>
  `apiVersion: external-issuer.io/v1alpha1\nkind: ${kind}\nmetadata: {name: pki}\nspec: {signerType: fake${spec}}\n`;
const clusterIssuer = manifest('ExternalClusterIssuer');

type Flags = Partial<IssuerFlags & SignFlags & TrialFlags>;

async function sign(fake: FakeDefinition, more: Flags = {}, text = clusterIssuer, deps = {}): Promise<Outcome> {
  const flags = {
    file: [folder.write('issuer.yaml', text)],
    clusterResourceNamespace: 'external-issuer-system',
    verbose: false,
    csr: csrFile,
    duration: '90d',
    isCa: false,
    output: 'pem',
    dryRun: false,
    timeout: '5m',
    name: 'trial',
    ...more,
  };
  return await outcomeOf(async (cli) => await runSignWithIssuer(flags, [fake.definition], cli), deps);
}

/** A root, an intermediate and what that one signs for the CSR. */
async function answer(names: string = csr.pem): Promise<Issued & { readonly caPem: string }> {
  const root = await testCA({ pathLength: 1 });
  const intermediate = await subCA(root, 'Middle', 'basicConstraints = critical, CA:TRUE');
  const usages = ['digital signature', 'key encipherment'];
  const { chainPem } = await issued(intermediate, { csr: goodCsr(names), usages });
  return { outcome: 'issued', chainPem: root.caPem + chainPem, caPem: root.caPem };
}

function scripted(...outcomes: readonly SignOutcome[]): FakeDefinition {
  const fake = fakeDefinition();
  fake.signer.outcomes.push(...outcomes);
  return fake;
}

describe('external-issuer sign -f', () => {
  test('writes the verified chain, leaf first and without the root, and an account of it', async () => {
    const given = await answer();
    const { stdout, stderr, error } = await sign(scripted(given), { caOut: folder.write('ca.crt', '') });
    assert.equal(error, undefined);
    assert.equal(stdout.split('-----BEGIN CERTIFICATE-----').length, 3);
    assert.ok(given.chainPem.includes(stdout));
    assert.equal(readFileSync(folder.write('x', '').replace(/x$/, 'ca.crt'), 'utf8'), given.caPem);
    assert.match(stderr, /^Names {6}DNS:a\.example$/m);
    assert.match(stderr, /^Signed by {2}CN=Middle$/m);
    assert.match(stderr, /^Verify {5}openssl verify -CAfile \S+ -untrusted tls\.crt tls\.crt$/m);
  });

  test('asks with all that the flags say, as a request in a cluster would', async () => {
    let asked: SignRequest | undefined;
    const fake = fakeDefinition({
      async sign(request) {
        asked = request;
        return { outcome: 'failed', code: 'X', message: 'no' };
      },
    });
    const flags = {
      duration: '36h',
      usage: ['server auth', 'digital signature'],
      name: 'web-1',
      namespace: 'team-a',
      annotation: ['team=pki', 'note=a=b'],
      label: ['app=web'],
      revision: '2',
    };
    await sign(fake, flags);
    assert.equal(asked?.durationSeconds, 36 * 3600);
    assert.deepEqual(asked.usages, flags.usage);
    const { uid, ...origin } = asked.origin;
    assert.deepEqual(origin, {
      name: 'web-1',
      namespace: 'team-a',
      annotations: { team: 'pki', note: 'a=b', 'cert-manager.io/certificate-revision': '2' },
      labels: { app: 'web' },
    });
    assert.match(uid, /^[0-9a-f]{8}-/);
    assert.equal(asked.idempotencyKey, uid);
    const first = uid;
    await sign(fake, { isCa: true });
    assert.notEqual(asked.origin.uid, first);
    assert.deepEqual([asked.isCA, asked.origin.namespace, asked.origin.name], [true, 'default', 'trial']);
  });

  test('takes an ExternalIssuer to be where its request is, and no other request', async () => {
    const fake = scripted({ outcome: 'failed', code: 'X', message: 'no' });
    await sign(fake, { namespace: 'team-b' }, manifest('ExternalIssuer'));
    assert.equal(fake.inputs[0]?.issuer.namespace, 'team-b');
    const placed = manifest('ExternalIssuer').replace('{name: pki}', '{name: pki, namespace: team-a}');
    const { error } = await sign(scripted(), { namespace: 'team-b' }, placed);
    assert.match(
      error ?? '',
      /^Usage: --namespace: is "team-b", but an ExternalIssuer signs only for its own namespace, "team-a"$/,
    );
  });

  const refusals: readonly [SignOutcome, RegExp][] = [
    [
      { outcome: 'failed', code: 'CARefused', message: 'Name \u001b not allowed' },
      /^Failed: CARefused: Name \\u001b not allowed\. The controller would fail the request\.$/,
    ],
    [
      { outcome: 'retry', code: 'CAUnavailable', message: 'Down.', afterMs: 60_000 },
      /^Failed: CAUnavailable: Down\. The controller would try again, after 1m\.$/,
    ],
    [
      { outcome: 'retry', code: 'CAResponseInvalid', message: 'Odd.', mostAttempts: 3 },
      /The controller would try again, 3 times at most where it fails alike\.$/,
    ],
  ];
  for (const [outcome, message] of refusals) {
    test(`fails after one attempt where that is ${outcome.outcome} (${message.source.slice(9, 24)})`, async () => {
      const fake = scripted(outcome);
      const { error, stdout } = await sign(fake);
      assert.match(error ?? '', message);
      assert.equal(stdout, '');
      assert.deepEqual(
        fake.signer.calls.map((call) => call.split(' ')[0]),
        ['sign', 'close'],
      );
    });
  }

  const broken = { outcome: 'issuer-broken', code: 'CAAuthRefused', message: 'Wrong token.' } as const;
  const verdicts: readonly [string, SignOutcome, CheckOutcome, RegExp][] = [
    [
      'fails too',
      broken,
      { ...broken, message: 'No.' },
      /fails too: CAAuthRefused: No\. The controller would hold its requests back/,
    ],
    [
      'passes, and the request may be at fault',
      { ...broken, requestSuspected: true },
      { outcome: 'healthy', message: 'ok' },
      /passes, so the controller would go on with other requests, and fail this one for good\.$/,
    ],
    [
      'passes, and the request cannot be at fault',
      broken,
      { outcome: 'healthy', message: 'ok' },
      /passes, .* and try this one again until retry\.budget of the issuer is used up\.$/,
    ],
  ];
  for (const [what, outcome, check, message] of verdicts) {
    test(`checks an issuer that seems broken, and says what follows where the check ${what}`, async () => {
      const fake = scripted(outcome);
      fake.signer.checks.push(check);
      const { error = '' } = await sign(fake);
      assert.ok(error.startsWith('Failed: CAAuthRefused: Wrong token. The check of the issuer '), error);
      assert.match(error, message);
      assert.deepEqual(fake.signer.calls.slice(1), ['check', 'close']);
    });
  }

  test('refuses a certificate that is not for the request, as the controller would', async () => {
    const { error, stdout } = await sign(scripted(await answer(makeCsr('/CN=b.example', ['DNS:a.example']).pem)));
    assert.match(error ?? '', /^Failed: ChainKeyMismatch: .* The controller would fail the request\.$/);
    assert.equal(stdout, '');
  });

  test('warns of a certificate that differs, and refuses it where the issuer is strict', async () => {
    const given = await answer();
    const lenient = await sign(scripted(given), { duration: '30d' });
    assert.match(lenient.stderr, /^warning: The certificate differs from the request: it lasts /m);
    assert.match(lenient.stdout, /BEGIN CERTIFICATE/);
    const strict = await sign(scripted(given), { duration: '30d' }, manifest('ExternalIssuer', ', verify: strict'));
    assert.match(strict.error ?? '', /^Failed: IssuedDiffers: .* spec\.verify of the issuer is strict/);
  });

  test('shows with --dry-run what would be sent, and calls nothing', async () => {
    const preview: Signer['preview'] = async ({ origin }) => ok([`POST /${origin.name}`, 'GET /ca\n']);
    const fake = fakeDefinition({ preview });
    const { stdout, stderr } = await sign(fake, { dryRun: true, name: 'web' });
    assert.equal(stdout, 'POST /web\n\nGET /ca\n');
    assert.match(stderr, /nothing was sent\n$/);
    assert.deepEqual(fake.signer.calls, ['close']);
    const failing = fakeDefinition({ preview: async () => err({ code: 'RequestIncomplete', message: 'No common name.' }) });
    assert.match(
      (await sign(failing, { dryRun: true })).error ?? '',
      /^Failed: the request cannot be made: RequestIncomplete: No common name\.$/,
    );
    assert.match(
      (await sign(fakeDefinition(), { dryRun: true })).stderr,
      /signerType fake sends no requests: it signs by itself$/m,
    );
  });

  const wrong: readonly [string, Flags, RegExp][] = [
    ['--timeout', { timeout: 'soon' }, /^Usage: --timeout: "soon" is not a duration/],
    ['--revision', { revision: '0' }, /^Usage: --revision: "0" is not a whole number from 1 on$/],
    ['--annotation', { annotation: ['team'] }, /^Usage: --annotation: "team" is not written as key=value$/],
    ['--label', { label: ['=x'] }, /^Usage: --label: "=x" is not written as key=value$/],
    ['--csr', { csr: '-', file: ['-'] }, /^Usage: --csr: -f reads standard input \(-\) already/],
    ['-f', { file: ['-', '-'] }, /^Usage: -f: standard input \(-\) can be read once only$/],
    ['--output', { output: 'der' }, /^Usage: --output: "der" is none of/],
  ];
  for (const [option, flags, message] of wrong) {
    test(`names ${option} where that is wrong`, async () => {
      assert.match((await sign(scripted(), flags)).error ?? '', message);
    });
  }

  test('refuses a CSR that the controller would refuse, in the words of the flags', async () => {
    const asks = makeCsr('/CN=a', [], ['-addext', 'basicConstraints=critical,CA:TRUE']).pem;
    const { error } = await sign(scripted(), { csr: folder.write('ca.csr', asks) });
    assert.match(
      error ?? '',
      /^Failed: the request would fail: CsrDiffersFromSpec: .* Here --usage stands for spec\.usages, and --is-ca for spec\.isCA\.$/,
    );
  });

  test('refuses what the rules of the issuer do not allow, and asks no CA', async () => {
    const rules = ', policy: {rules: [{name: team-a, match: {namespaces: [team-a]}}]}';
    const { error } = await sign(scripted(), { namespace: 'team-b' }, manifest('ExternalClusterIssuer', rules));
    assert.match(error ?? '', /^Failed: the request would fail: PolicyViolation: .*none is for namespace "team-b"/);
  });
});
