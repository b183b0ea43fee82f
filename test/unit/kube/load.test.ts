import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import { KubeConfigError } from '../../../src/kube/config/config-error.ts';
import { loadConnection, type LoadOptions } from '../../../src/kube/config/load.ts';
import { makeCertificates } from './support/certificates.ts';
import { createFakeClock } from './support/fake-clock.ts';
import { temporaryFolder, type Folder } from './support/folder.ts';

function kubeconfig(server: string, user: object = { token: 'secret' }, cluster: object = {}): string {
  return stringify({
    'current-context': 'dev',
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u', namespace: 'apps' } }],
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
  });
}

async function load(t: TestContext, folder: Folder, options: LoadOptions) {
  const clock = createFakeClock();
  const connection = await loadConnection(options, { clock, serviceAccountFolder: join(folder.path, 'sa') });
  t.after(() => connection.close());
  return { connection, clock };
}

async function podFolder(t: TestContext): Promise<Folder> {
  const folder = temporaryFolder(t);
  await folder.write('sa/token', 'token-1\n');
  await folder.write('sa/namespace', 'issuer-system');
  await folder.write('sa/ca.crt', makeCertificates(folder.path).ca);
  return folder;
}

describe('the way to the API server', () => {
  test('is the flag, then KUBECONFIG, then the pod, then the home folder', async (t) => {
    const folder = await podFolder(t);
    const flag = await folder.write('flag', kubeconfig('https://flag'));
    const env = {
      KUBECONFIG: await folder.write('env', kubeconfig('https://env')),
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      HOME: folder.path,
    };
    await folder.write('.kube/config', kubeconfig('https://home'));
    const cases: readonly (readonly [string, LoadOptions])[] = [
      ['https://flag', { kubeconfig: flag, env }],
      ['https://env', { env }],
      ['https://10.96.0.1', { env: { ...env, KUBECONFIG: '' } }],
      ['https://home', { env: { ...env, KUBECONFIG: '', KUBERNETES_SERVICE_HOST: '' } }],
      ['https://home', { env: { ...env, KUBECONFIG: '' }, context: 'dev' }],
    ];
    for (const [server, options] of cases) assert.equal((await load(t, folder, options)).connection.server, server);
  });

  test('is said to be missing with all the places looked at', async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(load(t, folder, { env: { HOME: folder.path } }), (error) => {
      assert.ok(error instanceof KubeConfigError && error.code === 'NoConfig');
      for (const place of [
        '--kubeconfig: not given',
        '$KUBECONFIG',
        'KUBERNETES_SERVICE_HOST is not set',
        '.kube/config: no such',
      ]) {
        assert.ok(error.message.includes(place), place);
      }
      return true;
    });
    await assert.rejects(
      load(t, folder, { env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }),
      /automountServiceAccountToken.*HOME is not set/,
    );
  });

  test('is not looked for elsewhere where a file was named that is missing', async (t) => {
    const folder = temporaryFolder(t);
    await folder.write('.kube/config', kubeconfig('https://home'));
    const none = join(folder.path, 'none');
    await assert.rejects(
      load(t, folder, { kubeconfig: none, env: { HOME: folder.path } }),
      /--kubeconfig: there is no file .*none/,
    );
    await assert.rejects(
      load(t, folder, { env: { KUBECONFIG: none, HOME: folder.path } }),
      /KUBECONFIG: none of these files exists/,
    );
    await assert.rejects(load(t, folder, { kubeconfig: folder.path, env: {} }), /cannot be read/);
  });

  test('may be put together from several files of which some are missing', async (t) => {
    const folder = temporaryFolder(t);
    const first = await folder.write('a', kubeconfig('https://a'));
    const second = await folder.write('b', kubeconfig('https://b'));
    const { connection } = await load(t, folder, { env: { KUBECONFIG: [join(folder.path, 'x'), first, second].join(':') } });
    assert.equal(connection.server, 'https://a');
    assert.equal(connection.namespace, undefined);
  });

  const servers: readonly (readonly [host: string, port: string | undefined, server: string])[] = [
    ['10.96.0.1', '443', 'https://10.96.0.1'],
    ['10.96.0.1', '6443', 'https://10.96.0.1:6443'],
    ['fd00::1', '6443', 'https://[fd00::1]:6443'],
    ['kubernetes.default', undefined, 'https://kubernetes.default'],
  ];
  for (const [host, port, server] of servers) {
    test(`from a pod with host ${host} and port ${port} is ${server}`, async (t) => {
      const folder = await podFolder(t);
      const env = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port };
      const { connection } = await load(t, folder, { env });
      assert.equal(connection.server, server);
      assert.equal(connection.namespace, 'issuer-system');
    });
  }

  test('keeps the path of a server behind a gateway', async (t) => {
    const folder = temporaryFolder(t);
    const file = await folder.write('config', kubeconfig('https://rancher.example/k8s/clusters/c-1/'));
    assert.equal(
      (await load(t, folder, { kubeconfig: file, env: {} })).connection.server,
      'https://rancher.example/k8s/clusters/c-1',
    );
  });
});

describe("a pod's credentials", () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };

  test('are read again after a minute, or at once when refused, and kept while they cannot be read', async (t) => {
    const folder = await podFolder(t);
    const { connection, clock } = await load(t, folder, { env });
    await folder.write('sa/token', 'token-2');
    await clock.advance(59_000);
    assert.equal(await connection.authorization(), 'Bearer token-1');
    await clock.advance(1000);
    assert.equal(await connection.authorization(), 'Bearer token-2');
    await folder.write('sa/token', 'token-3');
    connection.refused();
    assert.equal(await connection.authorization(), 'Bearer token-3');
    await rm(join(folder.path, 'sa/token'));
    connection.refused();
    assert.equal(await connection.authorization(), 'Bearer token-3');
    await folder.write('sa/token', ' \n');
    connection.refused();
    await assert.rejects(connection.authorization(), /sa\/token: the token is empty/);
  });

  test('name the file that is missing', async (t) => {
    const folder = temporaryFolder(t);
    await folder.write('sa/token', 'x');
    await assert.rejects(load(t, folder, { env }), /in-cluster configuration: .*sa\/namespace cannot be read/);
  });
});

describe("a kubeconfig's credentials", () => {
  const good: readonly (readonly [what: string, user: object, header: string | undefined])[] = [
    ['a token', { token: 't' }, 'Bearer t'],
    ['a file, relative to the kubeconfig, before a token', { token: 't', tokenFile: 'there/token' }, 'Bearer from-file'],
    ['a password', { username: 'jo', password: 'pä:ss' }, `Basic ${Buffer.from('jo:pä:ss').toString('base64')}`],
    ['nothing', {}, undefined],
  ];
  for (const [what, user, header] of good) {
    test(`may be ${what}`, async (t) => {
      const folder = temporaryFolder(t);
      await folder.write('there/token', 'from-file\n');
      const file = await folder.write('config', kubeconfig('https://x', user));
      assert.equal(await (await load(t, folder, { kubeconfig: file, env: {} })).connection.authorization(), header);
    });
  }

  const refused: readonly (readonly [what: string, user: object, cluster: object, message: RegExp])[] = [
    ['impersonation', { token: 't', as: 'root' }, {}, /config: users\[0\]\.user\.as: impersonation is not supported/],
    ['impersonated groups', { 'as-groups': ['g'] }, {}, /users\[0\]\.user\.as: /],
    ['an auth provider', { 'auth-provider': { name: 'gcp' } }, {}, /user\.auth-provider: not supported/],
    ['a token and a password', { token: 't', username: 'u' }, {}, /user\.token: remove it or username and password/],
    ['a user name with a colon', { username: 'a:b' }, {}, /user\.username: must not hold a colon/],
    ['a token file that is missing', { tokenFile: 'none' }, {}, /users\[0\]\.user\.tokenFile: .*none cannot be read/],
    [
      'a certificate without a key',
      { 'client-certificate': 'a' },
      {},
      /client-key: missing, although client-certificate is set/,
    ],
    ['a key without a certificate', { 'client-key-data': 'YQ==' }, {}, /client-certificate: missing/],
    [
      'a certificate that is none',
      { 'client-certificate-data': 'YQ==', 'client-key-data': 'YQ==' },
      {},
      /config: the CA, the client/,
    ],
    [
      'a CA that is none',
      {},
      { 'certificate-authority-data': 'YQ==' },
      /config: the CA, the client certificate or its key cannot/,
    ],
    [
      'a CA that is missing',
      {},
      { 'certificate-authority': 'none' },
      /clusters\[0\]\.cluster\.certificate-authority: .*none cannot/,
    ],
    [
      'no verification with a CA',
      {},
      { 'insecure-skip-tls-verify': true, 'certificate-authority': 'a' },
      /insecure-skip-tls-verify: true, alth/,
    ],
    [
      'a socks proxy',
      {},
      { 'proxy-url': 'socks5://p:1080' },
      /clusters\[0\]\.cluster\.proxy-url: socks5:\/\/ proxies are not supported/,
    ],
    ['a proxy that is no address', {}, { 'proxy-url': 'http://hunter2@:::' }, /proxy-url: must be an address/],
    ['a token over http', { token: 't' }, { server: 'http://api.example' }, /clusters\[0\]\.cluster\.server: is http/],
    ['a server with a password', {}, { server: 'https://u:p@api.example' }, /server: must hold no user/],
  ];
  for (const [what, user, cluster, message] of refused) {
    test(`are refused for ${what}, by file and field`, async (t) => {
      const folder = temporaryFolder(t);
      const file = await folder.write('config', kubeconfig('https://x', user, cluster));
      await assert.rejects(load(t, folder, { kubeconfig: file, env: {} }), (error) => {
        assert.ok(error instanceof KubeConfigError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    });
  }

  test('are allowed over http on loopback, as with kubectl proxy', async (t) => {
    const folder = temporaryFolder(t);
    const file = await folder.write('config', kubeconfig('http://127.0.0.1:8001'));
    assert.equal((await load(t, folder, { kubeconfig: file, env: {} })).connection.server, 'http://127.0.0.1:8001');
  });
});
