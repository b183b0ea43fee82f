import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import { addIdentity } from '../../../src/cli/csr/kubeconfig-edit.ts';
import { isDue, renewalName } from '../../../src/cli/csr/renew-decide.ts';
import { type RenewFlags, renewWith } from '../../../src/cli/csr/renew-run.ts';
import { KubeApiError } from '../../../src/kube/api-error.ts';
import type { Outcome } from './support/cli.ts';
import { csrOf, type Desk, hour, issuedStatus, newRequest, openDesk, signedBy } from './support/people.ts';
import { holds } from './support/scripted-cluster.ts';

let desk: Desk;
beforeEach(() => (desk = openDesk()));
afterEach(() => desk.remove());

const renew = async (flags: Partial<RenewFlags> = {}): Promise<Outcome & { readonly code: number | undefined }> =>
  await desk.run(async (deps, withClient) => {
    const usual = { dir: desk.path('.'), timeout: '2s', within: '2h', force: false, output: 'text' as const };
    await renewWith('jane', { ...usual, ...flags }, deps, withClient);
  });
const signs = async (request: CertificateSigningRequest) => issuedStatus(await signedBy(csrOf(request), 3 * hour));
const left = (): readonly string[] => ['key', 'yaml', 'crt', 'lock'].filter((end) => desk.has(`jane.renewal.${end}`));

/** That key and certificate are new and belong together, and nothing of the renewal is left. */
function assertRenewed(old: { readonly key: string; readonly certificate: string }): void {
  assert.notEqual(desk.read('jane.key'), old.key);
  assert.notEqual(desk.read('jane.crt'), old.certificate);
  const certificate = new X509Certificate(desk.read('jane.crt'));
  assert.equal(certificate.subject, new X509Certificate(old.certificate).subject);
  assert.equal(certificate.subjectAltName, 'DNS:a.example');
  assert.ok(certificate.checkPrivateKey(createPrivateKey(desk.read('jane.key'))), 'the key is that of the certificate');
  assert.deepEqual(left(), []);
}

/** A kubeconfig whose user jane shows that identity, beside somebody else's. */
function kubeconfigOf({ certificate, key }: { readonly certificate: string; readonly key: string }): string {
  const entry = { user: 'jane', context: 'c', clusterName: 'k', use: true, isOwn: () => true };
  const before = '# mine\nusers:\n  - name: other # keep\n    user:\n      token: t\n';
  const added = addIdentity(before, { ...entry, credentials: { certPem: certificate, keyPem: key } }, false);
  if (!added.ok) throw new Error(added.error);
  return added.value;
}

describe('csr renew', () => {
  test('asks for nothing, and ends well, while the certificate is good for long enough', async () => {
    const old = await desk.identity(3 * hour);
    const { stdout, error, code } = await renew();
    assert.deepEqual([error, code, desk.requests.size], [undefined, undefined, 0]);
    assert.match(stdout, /^jane is good until .*Z: nothing to renew\n$/);
    assert.deepEqual([desk.read('jane.key'), left()], [old.key, []]);
    const told = JSON.parse((await renew({ output: 'json' })).stdout) as Readonly<Record<string, unknown>>;
    assert.deepEqual([told['name'], told['renewed']], ['jane', false]);
  });

  test('swaps key, certificate and the users of the kubeconfig that show the old one, and nobody else', async () => {
    const old = await desk.identity();
    desk.write('config', kubeconfigOf(old));
    desk.answer = signs;
    const { stdout, error } = await renew({ out: desk.path('config') });
    assert.equal(error, undefined);
    assert.match(stdout, /^jane is renewed, .*; changed in the kubeconfig: jane \(.*config\)\n$/);
    assertRenewed(old);
    const config = desk.read('config');
    assert.match(config, /^# mine\n.*name: other # keep\n {4}user:\n {6}token: t\n/s);
    for (const file of ['jane.key', 'jane.crt'])
      assert.ok(config.includes(Buffer.from(desk.read(file)).toString('base64')), file);
    assert.ok(!config.includes(Buffer.from(old.key).toString('base64')));
    for (const file of ['jane.key', 'config']) assert.equal(statSync(desk.path(file)).mode & 0o777, 0o600, file);
    const [request] = desk.requests.values();
    assert.match(request?.metadata.name ?? '', /^jane-[0-9]{14}$/);
    assert.deepEqual([request?.spec.usages, request?.spec.expirationSeconds], [['client auth'], 3600]);
  });

  test('keeps a request that nobody decides, ends with 3, and the next run goes on with the same key', async () => {
    const old = await desk.identity();
    const first = await renew();
    assert.equal(first.code, 3);
    assert.match(first.stderr, /The next run of csr renew goes on with this request\.\n$/);
    assert.deepEqual([desk.read('jane.key'), left()], [old.key, ['key', 'yaml']]);
    assert.equal(statSync(desk.path('jane.renewal.key')).mode & 0o777, 0o600);
    const key = desk.read('jane.renewal.key');
    const [name = '', request] = [...desk.requests][0] ?? [];
    assert.ok(request);
    desk.requests.set(name, { ...request, status: await signs(request) });
    assert.equal((await renew()).error, undefined);
    assert.deepEqual([desk.requests.size, desk.read('jane.key')], [1, key]);
    assertRenewed(old);
  });

  for (const type of ['Denied', 'Failed']) {
    test(`forgets a request that is ${type.toLowerCase()}, says why, and the next run asks anew`, async () => {
      const old = await desk.identity();
      desk.answer = async () => await Promise.resolve({ conditions: [holds(type, 'No', 'not\u001B[2J you')] });
      const { code, stderr } = await renew();
      assert.deepEqual([code, left(), desk.read('jane.key')], [1, [], old.key]);
      assert.match(stderr, /No: not\\u001b\[2J you\.[^]*asks anew\.\n$/);
      desk.requests.clear();
      desk.answer = signs;
      assert.equal((await renew()).error, undefined);
      assertRenewed(old);
    });
  }

  test('forgets a request that the API server refuses, so that what is mended counts', async () => {
    await desk.identity();
    desk.answer = () => Promise.reject(new KubeApiError('Other', 422, 'spec.expirationSeconds: too short'));
    assert.equal((await renew()).error, 'Other: spec.expirationSeconds: too short');
    assert.deepEqual(left(), []);
  });

  const strangers: readonly [string, () => Promise<string>, RegExp][] = [
    ['is for another key', async () => await signedBy(csrOf((await newRequest()).request), 3 * hour), /is not for the key/],
    ['is no certificate', async () => await Promise.resolve('nonsense\u001B'), /cannot be used: it holds no PEM block/],
  ];
  for (const [what, pem, message] of strangers) {
    test(`changes nothing where what the signer wrote ${what}, and asks anew the next time`, async () => {
      const old = await desk.identity();
      desk.answer = async () => issuedStatus(await pem());
      const { error } = await renew();
      assert.match(error ?? '', message);
      assert.match(error ?? '', /Nothing was changed; the next run asks for another one$/);
      assert.deepEqual([desk.read('jane.key'), desk.read('jane.crt'), left()], [old.key, old.certificate, []]);
    });
  }

  test('refuses a new certificate that does not last longer than the old one', async () => {
    const old = await desk.identity(4 * hour);
    desk.answer = signs;
    assert.match((await renew({ force: true })).error ?? '', /does not last longer than the old one\. Nothing was changed/);
    assert.deepEqual([desk.read('jane.crt'), left()], [old.certificate, []]);
  });

  test('refuses a new certificate for somebody else', async () => {
    const old = await desk.identity();
    const other = await newRequest('CN=eve,O=developers');
    desk.write('jane.renewal.key', other.key);
    desk.write('jane.renewal.yaml', JSON.stringify({ ...other.request, metadata: { name: 'jane-1' } }));
    desk.answer = signs;
    assert.match((await renew()).error ?? '', /it is for "CN=eve,O=developers", and the old one for "CN=jane,O=developers"/);
    assert.deepEqual([desk.read('jane.key'), left()], [old.key, []]);
  });

  /** What a run leaves that is killed after each of its steps. */
  const steps = [
    'key kept',
    'manifest kept',
    'sent',
    'certificate kept',
    'kubeconfig swapped',
    'key swapped',
    'certificate swapped',
  ];
  for (const [last, step] of steps.entries()) {
    test(`mends with the next run what was broken off after: ${step}`, async () => {
      const old = await desk.identity();
      desk.write('config', kubeconfigOf(old));
      const { request, key } = await newRequest();
      const own = { ...request, metadata: { name: 'jane-20270115080000' } };
      const fresh = await signedBy(csrOf(own), 3 * hour);
      const done: readonly (() => void)[] = [
        () => void desk.write('jane.renewal.key', key),
        () => void desk.write('jane.renewal.yaml', JSON.stringify(own)),
        () => void desk.requests.set(own.metadata.name, { ...own, status: issuedStatus(fresh) }),
        () => void desk.write('jane.renewal.crt', fresh),
        () => void desk.write('config', kubeconfigOf({ key, certificate: fresh })),
        () => void desk.write('jane.key', key),
        () => void desk.write('jane.crt', fresh),
      ];
      for (const act of done.slice(0, last + 1)) act();
      desk.answer = signs;
      assert.equal((await renew({ out: desk.path('config') })).error, undefined);
      assertRenewed(old);
      assert.ok(desk.read('config').includes(Buffer.from(desk.read('jane.crt')).toString('base64')), 'the kubeconfig has it');
      assert.equal(desk.requests.size, 1);
    });
  }

  test('takes no certificate that an older renewal left behind for its own', async () => {
    const old = await desk.identity();
    desk.write('jane.renewal.crt', old.certificate);
    assert.equal((await renew()).code, 3);
    assert.deepEqual(left(), ['key', 'yaml']);
  });

  test('does nothing beside another run, and takes the lock of one that was killed', async () => {
    const old = await desk.identity();
    desk.write('jane.renewal.lock', `${Date.now()}\n`);
    assert.match((await renew()).error ?? '', /^Failed: another run is renewing this identity; .*jane\.renewal\.lock or wait/);
    assert.equal(desk.requests.size, 0);
    desk.write('jane.renewal.lock', `${Date.now() - 120_000}\n`);
    desk.answer = signs;
    assert.equal((await renew()).error, undefined);
    assertRenewed(old);
  });

  test('says which kubeconfig it could not change', async () => {
    await desk.identity();
    desk.write('config', 'users: [');
    desk.answer = signs;
    assert.match((await renew({ out: desk.path('config') })).stderr, /not changed: .*config: it is no YAML; mend it first\n$/);
  });
});

test('by default the last third of a life is when to renew, but at most 720 hours', () => {
  const life = (hours: number) => ({ notBefore: 0, notAfter: hours * hour });
  assert.deepEqual(
    [15, 16, 17].map((at) => isDue(life(24), undefined, at * hour)),
    [false, true, true],
  );
  assert.deepEqual(
    [8039, 8040].map((at) => isDue(life(8760), undefined, at * hour)),
    [false, true],
  );
});

test('the object of a renewal has a name that Kubernetes takes, however long that of the identity is', () => {
  const name = renewalName(`${'a'.repeat(237)}.${'b'.repeat(15)}`, Date.UTC(2027, 0, 15, 8));
  assert.ok(name.length <= 253);
  assert.match(name, /^a{237}-20270115080000$/);
});
