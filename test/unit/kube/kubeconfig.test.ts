import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { KubeConfigError } from '../../../src/kube/config/config-error.ts';
import { parseKubeConfig, selectContext } from '../../../src/kube/config/kubeconfig.ts';

const context = { name: 'dev', context: { cluster: 'c', user: 'u', namespace: 'apps' } };
const cluster = { name: 'c', cluster: { server: 'https://10.0.0.1:6443' } };
const user = { name: 'u', user: { token: 'hunter2' } };

function select(config: object, wanted?: string) {
  return selectContext([parseKubeConfig(stringify(config), '/k/config')], wanted);
}

describe('a kubeconfig', () => {
  test('gives the cluster and the user of its current context, with their places', () => {
    const other = { name: 'other', user: {} };
    const selected = select({ 'current-context': 'dev', contexts: [context], clusters: [cluster], users: [other, user] });
    assert.equal(selected.cluster.value.server, 'https://10.0.0.1:6443');
    assert.equal(selected.user.value.token, 'hunter2');
    assert.deepEqual(selected.user.place, { file: '/k/config', path: 'users[1].user' });
  });

  test('gives the context that was asked for instead of its current one', () => {
    const prod = { name: 'prod', context: { cluster: 'p', user: 'u' } };
    const clusters = [cluster, { name: 'p', cluster: { server: 'https://prod.example' } }];
    const selected = select({ 'current-context': 'dev', contexts: [context, prod], clusters, users: [user] }, 'prod');
    assert.equal(selected.cluster.value.server, 'https://prod.example');
  });

  test('may have null and empty fields, as kubectl writes them', () => {
    const empty = { token: null, 'client-certificate-data': '', 'as-groups': null, 'as-user-extra': {}, 'auth-provider': null };
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws', args: null, env: null };
    const users = [{ name: 'u', user: { ...empty, exec } }];
    const selected = select({ 'current-context': 'dev', contexts: [context], clusters: [cluster], users, preferences: {} });
    assert.deepEqual(selected.user.value.exec?.args, []);
    assert.equal(selected.user.value['client-certificate-data'], undefined);
  });

  test('is not refused for an entry that no chosen context uses', () => {
    const users = [{ name: 'broken', user: { token: 5 } }, user];
    const selected = select({ 'current-context': 'dev', contexts: [context], clusters: [cluster], users });
    assert.equal(selected.user.value.token, 'hunter2');
  });

  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws' };
  const wrong: readonly (readonly [what: string, change: object, message: RegExp])[] = [
    ['another kind', { kind: 'Secret' }, /^\/k\/config: kind: must be Config$/],
    ['no current context', { 'current-context': '' }, /current-context is not set.*known contexts: dev/],
    ['an unknown current context', { 'current-context': 'prod' }, /no context "prod", which current-context names.*dev/],
    ['an unknown cluster', { clusters: [] }, /contexts\[0\]\.context\.cluster: there is no cluster "c"; known: none/],
    ['an unknown user', { users: [] }, /contexts\[0\]\.context\.user: there is no user "u"/],
    ['a list that is a mapping', { users: { u: 1 } }, /\/k\/config: users: must be a list/],
    ['an entry without a name', { users: [{ user: {} }] }, /users\[0\]\.name: required/],
    ['no server', { clusters: [{ name: 'c', cluster: {} }] }, /clusters\[0\]\.cluster\.server: must be an address/],
    ['a server without a scheme', { clusters: [{ name: 'c', cluster: { server: '10.0.0.1' } }] }, /server: must be an address/],
    ['a server of another scheme', { clusters: [{ name: 'c', cluster: { server: 'ftp://x' } }] }, /server: must be an address/],
    ['a token that is a number', { users: [{ name: 'u', user: { token: 12345 } }] }, /users\[0\]\.user\.token: must be text/],
    [
      'data that is not base64',
      { users: [{ name: 'u', user: { 'client-key-data': '-----BEGIN' } }] },
      /users\[0\]\.user\.client-key-data: must be base64/,
    ],
    [
      'a plugin without a command',
      {
        users: [
          { name: 'o', user: {} },
          { name: 'o2', user: {} },
          { name: 'u', user: { exec: { ...exec, command: undefined } } },
        ],
      },
      /users\[2\]\.user\.exec\.command: required, but missing/,
    ],
    [
      'a plugin of an unknown version',
      { users: [{ name: 'u', user: { exec: { ...exec, apiVersion: 'client.authentication.k8s.io/v1alpha1' } } }] },
      /exec\.apiVersion: must be one of .*v1, .*v1beta1/,
    ],
  ];
  for (const [what, change, message] of wrong) {
    test(`with ${what} is refused by file and field`, () => {
      const config = { 'current-context': 'dev', contexts: [context], clusters: [cluster], users: [user], ...change };
      assert.throws(
        () => select(config),
        (error) => error instanceof KubeConfigError && error.code === 'InvalidConfig' && message.test(error.message),
      );
    });
  }

  test('that is not YAML is refused by line, and the line, which may hold a token, is not repeated', () => {
    assert.throws(
      () => parseKubeConfig('users:\n- user:\n    token: "hunter2\n  x: [', '/k/config'),
      (error) =>
        error instanceof Error &&
        /\/k\/config: not valid YAML at line \d+/.test(error.message) &&
        !/hunter2/.test(error.message),
    );
  });

  for (const text of ['', '# nothing\n', '{}']) {
    test(`that says nothing (${JSON.stringify(text)}) has no current context`, () => {
      assert.throws(() => selectContext([parseKubeConfig(text, '/k/config')], undefined), /current-context is not set/);
    });
  }
});

describe('several kubeconfigs', () => {
  const parse = (file: string, config: object) => parseKubeConfig(stringify(config), file);

  test('merge so that the first to name something wins', () => {
    const first = parse('/a', { clusters: [cluster], users: [{ name: 'u', user: { username: 'x' } }] });
    const second = parse('/b', {
      'current-context': 'dev',
      contexts: [context],
      clusters: [{ name: 'c', cluster: { server: 'https://other' } }],
      users: [user],
    });
    const third = parse('/c', { 'current-context': 'prod' });
    const selected = selectContext([first, second, third], undefined);
    assert.equal(selected.cluster.value.server, 'https://10.0.0.1:6443');
    assert.equal(selected.user.value.username, 'x');
    assert.equal(selected.user.value.token, undefined, 'entries are not mixed');
    assert.deepEqual(selected.user.place, { file: '/a', path: 'users[0].user' });
  });

  test('name all their files where a context is missing', () => {
    const files = [parse('/a', {}), parse('/b', { contexts: [context] })];
    assert.throws(
      () => selectContext(files, 'prod'),
      /\/a, \/b: there is no context "prod", which --context names; known contexts: dev/,
    );
  });
});
