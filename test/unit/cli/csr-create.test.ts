import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import { readCreateFlags, type CreateFlags } from '../../../src/cli/csr/create-flags.ts';
import { createWith } from '../../../src/cli/csr/create-run.ts';
import { keyPem } from '../../../src/cli/csr/new-key.ts';
import { KubeApiError } from '../../../src/kube/api-error.ts';
import { CodedError } from '../../../src/lib/errors.ts';
import { formatName } from '../../../src/x509/name.ts';
import { goodCsr, openssl, opensslCsr } from '../x509/tools.ts';
import type { Outcome } from './support/cli.ts';
import { csrOf, type Desk, issuedStatus, openDesk, signedBy } from './support/people.ts';
import { forbidden } from './support/scripted-cluster.ts';

let desk: Desk;
beforeEach(() => (desk = openDesk()));
afterEach(() => desk.remove());

const usual: Omit<CreateFlags, 'dir'> = {
  signer: 'ExternalClusterIssuer/people',
  isCa: false,
  keyAlgorithm: 'ecdsa-p256',
  dryRun: false,
  wait: false,
  timeout: '2s',
  force: false,
  output: 'text',
};

const create = async (flags: Partial<CreateFlags> = {}): Promise<Outcome & { readonly code: number | undefined }> =>
  await desk.run(async (deps, withClient) => {
    const subject = flags.csr === undefined ? { subject: 'CN=jane,O=developers' } : {};
    await createWith('jane', { ...usual, dir: desk.path('.'), ...subject, ...flags }, deps, withClient);
  });
const files = (): readonly string[] => readdirSync(desk.path('.')).toSorted();
const manifest = (): CertificateSigningRequest => parse(desk.read('jane.yaml')) as CertificateSigningRequest;

describe('csr create', () => {
  test('makes a key for its owner alone, asks, and keeps what it sent', async () => {
    const { stdout, error } = await create({ dns: ['a.example'], expires: '24h' });
    assert.equal(error, undefined);
    assert.deepEqual(files(), ['jane.key', 'jane.yaml']);
    assert.equal(statSync(desk.path('jane.key')).mode & 0o777, 0o600);
    const { status: _status, ...sent } = desk.requests.get('jane') ?? assert.fail('nothing was sent');
    assert.deepEqual(manifest(), sent);
    assert.deepEqual(
      [sent.spec.signerName, sent.spec.usages, sent.spec.expirationSeconds],
      ['externalclusterissuers.external-issuer.io/people', ['digital signature', 'client auth'], 86_400],
    );
    const csr = goodCsr(csrOf(sent));
    assert.deepEqual([formatName(csr.subject), csr.sans.dns], ['CN=jane,O=developers', ['a.example']]);
    const publicKey = openssl(['pkey', '-pubout', '-in', 'jane.key'], { 'jane.key': desk.read('jane.key') });
    assert.equal(publicKey, openssl(['req', '-pubkey', '-noout', '-in', 'csr'], { csr: csr.pem }));
    assert.match(stdout, /was made, for .*people\. It waits to be approved\.[^]*csr approve jane[^]*csr kubeconfig jane --dir/);
    assert.ok(!stdout.includes('PRIVATE KEY'));
  });

  test('asks no cluster with --dry-run, and says what to send to whom', async () => {
    const { stdout, error } = await create({ dryRun: true });
    assert.deepEqual([error, desk.requests.size, files()], [undefined, 0, ['jane.key', 'jane.yaml']]);
    assert.match(stdout, /Nothing was asked of a cluster[^]*kubectl create -f .*jane\.yaml/);
  });

  test('overwrites nothing without --force', async () => {
    desk.write('jane.key', 'mine');
    const { error } = await create();
    assert.match(error ?? '', /jane\.key is there already; give another NAME or --dir, or --force to overwrite it$/);
    assert.deepEqual([desk.read('jane.key'), files(), desk.requests.size], ['mine', ['jane.key'], 0]);
  });

  test('overwrites with --force, and leaves nothing of the old files', async () => {
    desk.write('jane.key', 'mine');
    desk.write('jane.yaml', 'old');
    assert.equal((await create({ force: true })).error, undefined);
    assert.match(desk.read('jane.key'), /BEGIN PRIVATE KEY/);
    assert.deepEqual(files(), ['jane.key', 'jane.yaml']);
  });

  const refusals: readonly [string, Error, RegExp][] = [
    [
      'may not',
      forbidden('create: User "jane" cannot create resource "certificatesigningrequests" in API group "certificates.k8s.io"'),
      /the request was not made, and no file was changed: .*csr-requester, or use --dry-run/,
    ],
    [
      'asks for what nobody may have',
      forbidden('create: use of signer with system:masters group is not allowed'),
      /the request was not made, .*: create: use of signer with system:masters group is not allowed$/,
    ],
    [
      'asks for what is wrong',
      new KubeApiError('Other', 422, 'create: invalid'),
      /the request was not made, .*: create: invalid$/,
    ],
    [
      'takes a name that is taken',
      new KubeApiError('AlreadyExists', 409, 'create: there'),
      /"jane" already, for another key; no file/,
    ],
  ];
  for (const [what, refusal, message] of refusals) {
    test(`puts the old key back, even with --force, where one ${what}`, async () => {
      desk.answer = () => Promise.reject(refusal);
      desk.write('jane.key', 'mine');
      assert.match((await create({ force: true })).error ?? '', message);
      assert.deepEqual([desk.read('jane.key'), files()], ['mine', ['jane.key']]);
    });
  }

  for (const [status, code] of [[0, 'Unreachable'] as const, [504, 'Other'] as const]) {
    test(`keeps both keys where the answer is ${status}: the request may be there`, async () => {
      desk.answer = () => Promise.reject(new KubeApiError(code, status, 'create: no answer'));
      desk.write('jane.key', 'mine');
      const { error = '' } = await create({ force: true });
      assert.match(
        error,
        /is not known: create: no answer\. Its files stay\. .*jane\.key\.old\. .*csr show jane; .*kubectl create -f/,
      );
      assert.deepEqual([desk.read('jane.key.old'), files()], ['mine', ['jane.key', 'jane.key.old', 'jane.yaml']]);
      const kept = desk.read('jane.key');
      assert.match(
        (await create({ force: true })).error ?? '',
        /jane\.key\.old is there, from a run whose end is not known; put it back/,
      );
      assert.deepEqual([desk.read('jane.key.old'), desk.read('jane.key')], ['mine', kept]);
    });
  }

  test('sends a CSR that is there, and then the key stays where it is', async () => {
    const csr = opensslCsr({ subject: 'CN = eve' });
    const { error, stdout } = await create({ csr: desk.write('eve.csr', csr) });
    assert.deepEqual([error, files(), csrOf(manifest())], [undefined, ['eve.csr', 'jane.yaml'], goodCsr(csr).pem]);
    assert.doesNotMatch(stdout, /jane\.key/);
  });

  test('uses a key that is there', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    assert.equal((await create({ key: desk.write('own.key', keyPem(privateKey)) })).error, undefined);
    assert.deepEqual([files(), goodCsr(csrOf(manifest())).keyType], [['jane.yaml', 'own.key'], { kind: 'rsa', bits: 2048 }]);
  });

  for (const option of ['key', 'csr'] as const) {
    test(`says which file of --${option} is nothing of that kind`, async () => {
      const { error } = await create({ [option]: desk.write('wrong', 'nonsense') });
      assert.match(error ?? '', new RegExp(`^Failed: --${option}: .*wrong`));
      assert.deepEqual(files(), ['wrong']);
    });
  }

  test('waits where it is told to: 0 with the certificate, 3 without', async () => {
    assert.equal((await create({ wait: true })).code, 3);
    desk.requests.clear();
    desk.answer = async (request) => issuedStatus(await signedBy(csrOf(request)));
    const { code, stderr } = await create({ wait: true, force: true });
    assert.deepEqual([code, stderr], [undefined, 'jane has its certificate\n']);
  });

  for (const output of ['json', 'yaml'] as const) {
    test(`prints the request alone as ${output}`, async () => {
      const { stdout } = await create({ output });
      assert.equal((parse(stdout) as CertificateSigningRequest).spec.request, manifest().spec.request);
    });
  }
});

describe('csr create refuses', () => {
  const wrong: readonly [string, Partial<CreateFlags>, RegExp][] = [
    ['a life that the API server does not take', { expires: '5m' }, /^--expires: 5m is too short; .*10m/],
    ['a life beyond 68 years', { expires: '36500d' }, /^--expires: .*68 years/],
    ['a usage that is none', { usage: ['client-aut'] }, /^--usage: "client-aut" is no usage; did you mean "client auth"\?/],
    ['a signer that is none', { signer: 'ExternalClusterIsuer/x' }, /^--signer: .*did you mean ExternalClusterIssuer\?/],
    [
      'a signer of ours without its s',
      { signer: 'externalclusterissuer.external-issuer.io/x' },
      /did you mean externalclusterissuers\.external-issuer\.io\/x\?/,
    ],
    [
      'a signer that Kubernetes has not',
      { signer: 'kubernetes.io/kube-apiserver-clint' },
      /did you mean kubernetes\.io\/kube-apiserver-client\?/,
    ],
    ['a signer whose name ends a selector', { signer: 'ExternalClusterIssuer/a,b' }, /^--signer: .*names no issuer/],
    ['a namespaced issuer without its namespace', { signer: 'ExternalIssuer/x' }, /write ExternalIssuer\/NAMESPACE\/NAME/],
    ['a DNS name of another script', { dns: ['ä.example'] }, /^--dns: "ä.example" is no DNS name; .*xn--/],
    ['an address with a zone', { ip: ['fe80::1%eth0'] }, /^--ip: "fe80::1%eth0" is no IP address/],
    ['a URI without scheme', { uri: ['example'] }, /^--uri: "example" is no URI/],
    ['an email address that is none', { email: ['jane\u001B'] }, /^--email: "jane\\u001b" is no email address/],
    ['a subject that is none', { subject: 'jane' }, /^--subject: "jane" has no "="/],
    ['a key beside a CSR', { csr: 'a', key: 'b' }, /^--key: .*leave out --csr or --key/],
    ['a name beside a CSR', { csr: 'a', dns: ['a'] }, /^--dns: is in the CSR already/],
    ['to wait for nothing', { wait: true, dryRun: true }, /^--wait: with --dry-run/],
  ];
  for (const [what, flags, message] of wrong) {
    test(what, () => {
      const given = { ...usual, dir: '.', ...(flags.csr === undefined ? { subject: 'CN=jane' } : {}), ...flags };
      assert.throws(
        () => readCreateFlags('jane', given),
        (error) => {
          assert.ok(error instanceof CodedError && error.code === 'Usage');
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  test('to ask for nobody', () => {
    assert.throws(() => readCreateFlags('jane', { ...usual, dir: '.' }), /--subject: say who the certificate is for/);
  });

  for (const name of ['../jane', 'Jane', '', 'a'.repeat(254), '-jane']) {
    test(`the name "${name.slice(0, 10)}"`, () => {
      assert.throws(() => readCreateFlags(name, { ...usual, dir: '.', subject: 'CN=jane' }), /^CodedError: NAME: /);
    });
  }
});
