import assert from 'node:assert/strict';
import { lstatSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { parse } from 'yaml';
import { type KubeconfigFlags, kubeconfigWith } from '../../../src/cli/csr/kubeconfig-run.ts';
import type { Outcome } from './support/cli.ts';
import { csrOf, type Desk, hour, issuedStatus, newRequest, openDesk, signedBy } from './support/people.ts';

let desk: Desk;
beforeEach(() => (desk = openDesk()));
afterEach(() => desk.remove());

const write = async (flags: Partial<KubeconfigFlags> = {}): Promise<Outcome & { readonly code: number | undefined }> =>
  await desk.run(async (deps, withClient) => {
    const usual = {
      output: 'text' as const,
      embed: true,
      useContext: false,
      wait: false,
      timeout: '2s',
      force: false,
      out: desk.path('config'),
    };
    const place = flags.cluster === undefined ? { server: 'https://k:6443' } : {};
    await kubeconfigWith('jane', { ...usual, ...place, dir: desk.path('.'), ...flags }, deps, withClient);
  });

interface Config {
  readonly users: readonly { readonly name: string; readonly user: Readonly<Record<string, string>> }[];
  readonly clusters: readonly { readonly name: string; readonly cluster: Readonly<Record<string, string>> }[];
  readonly contexts: readonly object[];
}
const config = (): Config => parse(desk.read('config')) as Config;
const embedded = (): string => Buffer.from(config().users[0]?.user['client-certificate-data'] ?? '', 'base64').toString('utf8');

describe('csr kubeconfig', () => {
  test('writes the certificate in NAME.crt and its key, for the owner alone, and says who the cluster takes them for', async () => {
    const { certificate } = await desk.identity();
    const { stdout, error } = await write();
    assert.equal(error, undefined);
    assert.equal(embedded(), certificate);
    assert.equal(statSync(desk.path('config')).mode & 0o777, 0o600);
    assert.match(
      stdout,
      /as user "jane", of group "developers"[^]*Try: kubectl --kubeconfig .*config --context jane@kubernetes auth whoami/,
    );
  });

  test('keeps a kubeconfig that is a symbolic link one', async () => {
    await desk.identity();
    desk.write('real', 'users: []\n');
    symlinkSync('real', desk.path('config'));
    assert.equal((await write()).error, undefined);
    assert.ok(lstatSync(desk.path('config')).isSymbolicLink());
    assert.match(desk.read('real'), /name: jane/);
  });

  test('gets the certificate from the cluster, and keeps it without what is written around it', async () => {
    const { request, key } = await newRequest();
    const certificate = await signedBy(csrOf(request));
    desk.write('jane.key', key);
    desk.requests.set('jane', { ...request, status: issuedStatus(`\u001B[31mevil\n${certificate}`) });
    assert.equal((await write()).error, undefined);
    assert.deepEqual([desk.read('jane.crt'), embedded()], [certificate, certificate]);
  });

  test('asks anew where NAME.crt is for a key of before, and says so', async () => {
    await desk.identity();
    const { request, key } = await newRequest();
    const certificate = await signedBy(csrOf(request));
    desk.write('jane.key', key);
    desk.requests.set('jane', { ...request, status: issuedStatus(certificate) });
    const { stderr, error } = await write();
    assert.equal(error, undefined);
    assert.match(stderr, /jane\.crt is not for the key in .*jane\.key; the certificate is asked for anew\n$/);
    assert.equal(desk.read('jane.crt'), certificate);
  });

  test('refers to the files with --no-embed, by their whole paths', async () => {
    await desk.identity();
    assert.equal((await write({ embed: false })).error, undefined);
    assert.deepEqual(config().users[0]?.user, {
      'client-certificate': desk.path('jane.crt'),
      'client-key': desk.path('jane.key'),
    });
  });

  test('copies a cluster that is named from the kubeconfig in use', async () => {
    await desk.identity();
    const kubeconfig = desk.write(
      'other',
      'clusters: [{name: z, cluster: {server: "https://z:6443", proxy-url: "http://p:1"}}]',
    );
    assert.equal((await write({ cluster: 'z', kubeconfig })).error, undefined);
    assert.deepEqual(config().clusters, [{ name: 'z', cluster: { server: 'https://z:6443', 'proxy-url': 'http://p:1' } }]);
    assert.match(
      (await write({ cluster: 'y', kubeconfig })).error ?? '',
      /^Failed: --cluster: there is no cluster "y"; known: z/,
    );
  });

  test('ends with 3 where there is no certificate yet, and changes nothing', async () => {
    const { request, key } = await newRequest();
    desk.write('jane.key', key);
    desk.requests.set('jane', request);
    for (const wait of [false, true]) {
      const { code, stderr } = await write({ wait });
      assert.equal(code, 3);
      assert.match(stderr, /jane has no certificate/);
    }
    assert.ok(!desk.has('config') && !desk.has('jane.crt'));
  });

  const failures: readonly [string, () => Promise<Partial<KubeconfigFlags>>, RegExp][] = [
    [
      'a key that is not there',
      async () => await Promise.resolve({}),
      /there is no .*jane\.key; give the key that the request was made with/,
    ],
    [
      'a certificate for another key',
      async () => {
        await desk.identity();
        return { certificate: desk.write('x.crt', await signedBy(csrOf((await newRequest()).request))) };
      },
      /x\.crt is not for the key in .*jane\.key; both must come from the same request/,
    ],
    [
      'a certificate that has ended',
      async () => {
        await desk.identity(hour, Date.now() - 2 * hour);
        return {};
      },
      /no API server would take this certificate: it ended at .*; make a new one$/,
    ],
    [
      'a certificate for servers',
      async () => {
        await desk.identity();
        const { request, key } = await newRequest();
        desk.write('jane.key', key);
        return { certificate: desk.write('x.crt', await signedBy(csrOf(request), hour, Date.now(), ['server auth'])) };
      },
      /it is not for the usage "client auth"; make a request with --usage client-auth$/,
    ],
    [
      'a user of that name who is somebody else',
      async () => {
        await desk.identity();
        const other = Buffer.from(await signedBy(csrOf((await newRequest('CN=admin')).request))).toString('base64');
        desk.write('config', `users: [{name: jane, user: {client-certificate-data: ${other}, client-key-data: AAAA}}]`);
        return {};
      },
      /config: it has a user "jane" with the certificate of somebody else; give another --user, or --force/,
    ],
    [
      'an address that is none',
      async () => await Promise.resolve({ server: 'k:6443' }),
      /^Usage: --server: "k:6443" is no address/,
    ],
  ];
  for (const [what, prepare, message] of failures) {
    test(`refuses ${what}, and changes nothing`, async () => {
      const flags = await prepare();
      const before = desk.has('config') ? readFileSync(desk.path('config'), 'utf8') : undefined;
      assert.match((await write(flags)).error ?? '', message);
      assert.equal(desk.has('config') ? desk.read('config') : undefined, before);
    });
  }
});
