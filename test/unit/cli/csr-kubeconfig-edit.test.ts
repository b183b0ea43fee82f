import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { addIdentity, type KubeconfigIdentity, swapCredentials } from '../../../src/cli/csr/kubeconfig-edit.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** jane at the cluster k; the certificate OLD is an earlier one of hers. */
function identity(overrides: Partial<KubeconfigIdentity> = {}): KubeconfigIdentity {
  return {
    user: 'jane',
    context: 'jane@k',
    clusterName: 'k',
    cluster: { server: 'https://k:6443', caPem: 'CA' },
    credentials: { certPem: 'CERT', keyPem: 'KEY' },
    use: false,
    isOwn: (pem) => ['OLD', 'CERT'].includes(pem),
    ...overrides,
  };
}

function added(text: string, overrides: Partial<KubeconfigIdentity> = {}, force = false): string {
  const result = addIdentity(text, identity(overrides), force);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

const written = {
  clusters: [{ name: 'k', cluster: { server: 'https://k:6443', 'certificate-authority-data': base64('CA') } }],
  users: [{ name: 'jane', user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') } }],
  contexts: [{ name: 'jane@k', context: { cluster: 'k', user: 'jane' } }],
  'current-context': 'jane@k',
};

describe('an identity is written into a kubeconfig', () => {
  const empty: readonly [string, string][] = [
    ['that is not there', ''],
    ['whose lists are empty', 'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\ncurrent-context: ""\n'],
    ['whose lists are null', 'apiVersion: v1\nkind: Config\nclusters: null\ncontexts:\nusers: ~\n'],
    ['that has no lists', 'apiVersion: v1\nkind: Config\n'],
    ['that is JSON', '{"apiVersion":"v1","kind":"Config","users":[],"clusters":null}'],
  ];
  for (const [what, text] of empty) {
    test(what, () => assert.deepEqual(parse(added(text)), { apiVersion: 'v1', kind: 'Config', ...written }));
  }

  test('that is JSON, which it stays', () => {
    assert.deepEqual((JSON.parse(added('{"users":[{"name":"a","user":{"token":"t"}}]}')) as typeof written).users.length, 2);
  });

  test('one entry below the other, where the lists were empty', () => {
    assert.match(added(''), /\nusers:\n {2}- name: jane\n {4}user:\n {6}client-certificate-data: /);
  });

  test('and comments, order and all else stay', () => {
    const before =
      '# mine\nusers:\n  # eve\n  - name: eve # keep\n    user: {token: t}\npreferences: {colors: true}\ncurrent-context: e # now\ncontexts:\n' +
      '  - name: jane@k\n    context: {cluster: k, user: jane, namespace: team-a}\n';
    const after = added(before);
    for (const line of ['# mine', '  # eve', '  - name: eve # keep', 'current-context: e # now']) {
      assert.ok(after.split('\n').includes(line), `${line}\n${after}`);
    }
    const value = parse(after) as { contexts: readonly { context: object }[]; preferences: object };
    assert.deepEqual(value.contexts[0]?.context, { cluster: 'k', user: 'jane', namespace: 'team-a' });
    assert.deepEqual(value.preferences, { colors: true });
  });

  test('and becomes the current one where that is asked for', () => {
    assert.match(added('current-context: e\n', { use: true }), /^current-context: jane@k\n/);
  });

  test('as files in place of what was embedded', () => {
    const text = added(added('', { credentials: { certPem: 'OLD', keyPem: 'K' } }), {
      credentials: { certFile: '/c', keyFile: '/k' },
    });
    assert.deepEqual((parse(text) as typeof written).users[0]?.user, { 'client-certificate': '/c', 'client-key': '/k' });
  });

  const clusters: readonly [string, object, KubeconfigIdentity['cluster'], object][] = [
    [
      'keeps its CA where no other one is given',
      { 'certificate-authority': 'ca.crt', 'proxy-url': 'http://p' },
      { server: 'https://k:6443' },
      { 'certificate-authority': 'ca.crt', 'proxy-url': 'http://p' },
    ],
    [
      'has no two CAs, and is checked again where one is given',
      { 'certificate-authority': 'ca.crt', 'insecure-skip-tls-verify': true },
      { server: 'https://k:6443', caPem: 'CA' },
      { 'certificate-authority-data': base64('CA') },
    ],
  ];
  for (const [what, before, cluster, after] of clusters) {
    test(`and a cluster that is there ${what}`, () => {
      const server = 'https://k:6443';
      const text = stringify({ clusters: [{ name: 'k', cluster: { server, ...before } }] });
      const value = parse(added(text, cluster === undefined ? {} : { cluster })) as typeof written;
      assert.deepEqual(value.clusters[0]?.cluster, { server, ...after });
    });
  }
});

describe('a kubeconfig is refused, and what is in the way is named, where', () => {
  const user = (fields: object): string => stringify({ users: [{ name: 'jane', user: fields }] });
  const refused: readonly [string, string, RegExp][] = [
    ['jane logs in with a token', user({ token: 't' }), /it has a user "jane" with token; give another --user, or --force/],
    [
      'jane is somebody else',
      user({ 'client-certificate-data': base64('X'), 'client-key-data': 'K' }),
      /the certificate of somebody else/,
    ],
    [
      'jane has files of others',
      user({ 'client-certificate': '/x.crt' }),
      /with the certificate \/x\.crt; give another --user/,
    ],
    [
      'the context leads elsewhere',
      'contexts: [{name: jane@k, context: {cluster: z, user: jane}}]',
      /give another --context-name/,
    ],
    ['the cluster has another server', 'clusters: [{name: k, cluster: {server: "https://z"}}]', /give another --cluster/],
  ];
  for (const [what, text, message] of refused) {
    test(`${what}; --force replaces that, and nothing of it stays`, () => {
      const result = addIdentity(text, identity(), false);
      assert.match(result.ok ? '' : result.error, message);
      const { 'current-context': _current, ...entries } = written;
      assert.partialDeepStrictEqual(parse(added(text, {}, true)), entries);
      assert.deepEqual((parse(added(text, {}, true)) as typeof written).users, written.users);
    });
  }

  const broken: readonly [string, string, RegExp][] = [
    ['it is no YAML', 'users: [', /^it is no YAML; mend it first$/],
    ['it is a list', '- a', /^it is no kubeconfig/],
    ['a list is none', 'users: {a: b}', /^its field users is no list; mend it first$/],
    ['entries share what they say', 'users: &a []\ncontexts: *a', /^it has YAML aliases/],
    ['two documents are in it', 'a: b\n---\nc: d', /^it is no YAML/],
  ];
  for (const [what, text, message] of broken) {
    test(`${what}, --force or not`, () => {
      const result = addIdentity(text, identity(), true);
      assert.match(result.ok ? '' : result.error, message);
    });
  }
});

test('the users that show a certificate get another one, and no other user does', () => {
  const [old, other] = [base64('OLD'), base64('OTHER')];
  const text =
    `users:\n- name: a # one\n  user: {client-certificate-data: ${old}, client-key-data: x}\n- name: b\n  user: {client-certificate-data: ${other}}\n` +
    `- name: c\n  user: {token: t}\n- name: d\n  user: null\n- 5\n`;
  const swapped = swapCredentials(text, (pem) => pem === 'OLD', { certPem: 'NEW', keyPem: 'KEY' });
  assert.ok(swapped.ok);
  assert.deepEqual(swapped.value.users, ['a']);
  const before = parse(text) as typeof written;
  const after = parse(swapped.value.text) as typeof written;
  assert.deepEqual(after.users.slice(1), before.users.slice(1));
  assert.deepEqual(after.users[0]?.user, { 'client-certificate-data': base64('NEW'), 'client-key-data': base64('KEY') });
  assert.match(swapped.value.text, /name: a # one/);
  const untouched = swapCredentials(text, () => false, { certPem: 'NEW', keyPem: 'KEY' });
  assert.ok(untouched.ok && untouched.value.text === text);
});

test('whatever else is in a kubeconfig, an edit loses no entry and no comment', () => {
  const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !['jane', 'jane@k', 'k'].includes(text));
  const value = fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), fc.oneof(fc.string(), fc.boolean(), fc.integer()), {
    maxKeys: 3,
  });
  const list = (field: string): fc.Arbitrary<readonly object[]> =>
    fc.uniqueArray(fc.record({ name, [field]: value }), { maxLength: 4, selector: (entry) => entry['name'] });
  const config = fc.record({ users: list('user'), contexts: list('context'), clusters: list('cluster'), more: fc.jsonValue() });
  const comment = fc.stringMatching(/^[A-Za-z ]{1,10}[A-Za-z]$/);
  fc.assert(
    fc.property(config, fc.array(comment, { minLength: 1, maxLength: 3 }), fc.boolean(), (before, comments, force) => {
      const head = comments.map((text) => `# ${text}\n`).join('');
      const text = `${head}\n${stringify(before, { aliasDuplicateObjects: false })}`;
      const after = added(text, {}, force);
      const parsed = parse(after) as typeof before;
      const original = parse(text) as typeof before;
      for (const key of ['users', 'contexts', 'clusters'] as const) {
        assert.deepEqual(parsed[key].slice(0, -1), original[key]);
      }
      assert.deepEqual(parsed.more, original.more);
      for (const each of comments) assert.ok(after.includes(`# ${each}\n`), after);
      assert.equal(added(after, {}, false), after, 'a second time changes nothing');
    }),
    { numRuns: 200 },
  );
});
