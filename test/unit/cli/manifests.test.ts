import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { loadManifests, type Manifests } from '../../../src/cli/manifests.ts';
import type { Result } from '../../../src/lib/result.ts';
import { makeFolder } from './support/cli.ts';

const folder = makeFolder();
after(folder.remove);

const issuer = (name: string, kind = 'ExternalIssuer'): string =>
  `apiVersion: external-issuer.io/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {signerType: mockca}\n`;
const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: token}\n';

async function load(texts: readonly string[], wanted?: string): Promise<Result<Manifests, readonly string[]>> {
  const files = texts.map((text, index) => folder.write(`${index}.yaml`, text));
  const loaded = await loadManifests(files, wanted, (async function* nothing() {})());
  // The folder is another one each time.
  return loaded.ok
    ? loaded
    : { ok: false, error: loaded.error.map((problem) => problem.replaceAll(/\/\S*\/(\d\.yaml)/g, '$1')) };
}

describe('the files of -f', () => {
  test('may be several, of several documents and Lists, in YAML and in JSON', async () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' } }],
    };
    const loaded = await load([`---\n# nothing\n---\n${issuer('pki')}---\n${secret}`, JSON.stringify(list, null, 1)]);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const { issuer: found, configMaps, secrets, notes } = loaded.value;
    assert.equal(found.object.metadata.name, 'pki');
    assert.deepEqual([configMaps.length, secrets.length, notes.length], [1, 1, 0]);
    assert.match(found.place, /0\.yaml, line 4$/);
    assert.match(configMaps[0]?.place ?? '', /1\.yaml, line 5$/);
  });

  test('may be standard input', async () => {
    const stdin = (async function* () {
      yield Buffer.from(issuer('pki'));
    })();
    const loaded = await loadManifests(['-'], undefined, stdin);
    assert.ok(loaded.ok);
    assert.equal(loaded.value.issuer.place, 'standard input, line 1');
  });

  test("have a Secret's data, and the text of stringData over it", async () => {
    const loaded = await load([`${issuer('a')}---\n${secret}data: {a: YQ==, b: Yg==}\nstringData: {b: text}\n`]);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    assert.deepEqual(loaded.value.secrets[0]?.object.data, { a: 'YQ==', b: Buffer.from('text').toString('base64') });
  });

  test('may hold what is not needed, which is said', async () => {
    const loaded = await load([
      `${issuer('a')}---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web}\n`,
    ]);
    assert.ok(loaded.ok);
    assert.match(
      loaded.value.notes[0] ?? '',
      /0\.yaml, line 6: Certificate "web" is not needed to try an issuer and was left out$/,
    );
  });

  test('may hold several issuers where one is named', async () => {
    const two = `${issuer('a')}---\n${issuer('b')}---\n${issuer('b', 'ExternalClusterIssuer')}`;
    for (const [wanted, kind] of [
      ['a', 'ExternalIssuer'],
      ['ExternalClusterIssuer/b', 'ExternalClusterIssuer'],
    ] as const) {
      const loaded = await load([two], wanted);
      assert.equal(loaded.ok && loaded.value.issuer.names.kind, kind);
    }
  });

  const wrong: readonly [string, readonly string[], RegExp, string?][] = [
    ['no issuer', [secret], /^-f: there is no ExternalIssuer or ExternalClusterIssuer in 0\.yaml/],
    [
      'several, and none named',
      [issuer('a') + '---\n' + issuer('b')],
      /^--issuer: say which .*: ExternalIssuer\/a, ExternalIssuer\/b$/,
    ],
    [
      'a name that is none',
      [issuer('pki-prod')],
      /^--issuer: there is no issuer "pki-prd" in 0\.yaml; did you mean "pki-prod"\?$/,
      'pki-prd',
    ],
    [
      'two of one name',
      [secret, issuer('a') + '---\n' + secret],
      /^1\.yaml, line 6: Secret "token" is at 0\.yaml, line 1 already/,
    ],
    ['no YAML', [`a: [\n${issuer('a')}`], /^0\.yaml, line \d: is not YAML: /],
    ['a key that is there twice', [`${issuer('a')}kind: ExternalIssuer\n`], /^0\.yaml, line 5: the same key is there twice/],
    ['no object', ['just text'], /^0\.yaml, line 1: is no Kubernetes object: it must have apiVersion and kind/],
    [
      'a kind that is misspelt',
      [issuer('a', 'ExternalIsuer')],
      /^0\.yaml, line 2: kind: there is no ExternalIsuer .*; did you mean ExternalIssuer\?$/,
    ],
    [
      'another version',
      [issuer('a').replace('v1alpha1', 'v1')],
      /^0\.yaml, line 1: apiVersion: must be external-issuer\.io\/v1alpha1 .*, not "external-issuer\.io\/v1"$/,
    ],
    ['a field beside spec', [`${issuer('a')}specs: {}\n`], /^0\.yaml, line 5: unknown key "specs"; did you mean "spec"\?$/],
    ['no spec', [issuer('a').replace(/spec:.*\n/, '')], /^0\.yaml, line 1: spec: required, but missing$/],
    ['no name', [issuer('a').replace('{name: a}', '{}')], /^0\.yaml, line 3: metadata\.name: required, but missing$/],
    [
      'data that is no base64',
      [`${secret}data: {token: plain text}\n`],
      /^0\.yaml, line 4: data\.token: is not base64; write the text itself under stringData$/,
    ],
    [
      'a number as text',
      [`${secret}stringData: {pin: 1234}\n`],
      /^0\.yaml, line 4: stringData\.pin: must be text, not a whole number$/,
    ],
    [
      'aliases without end',
      [
        'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\ne: &e [*d, *d]\nf: &f [*e, *e]\ng: &g [*f, *f]\nh: [*g, *g]',
      ],
      /^0\.yaml, line 1: cannot be read: /,
    ],
  ];
  for (const [what, texts, message, wanted] of wrong) {
    test(`with ${what} are refused; the message says where`, async () => {
      const loaded = await load(texts, wanted);
      assert.ok(!loaded.ok);
      assert.match(loaded.error[0] ?? '', message);
    });
  }

  test('say nothing of the values of a Secret where they are wrong', async () => {
    const loaded = await load([`${secret}data: {token: "s3cr3t!"}\n---\n"s3cr3t: [`]);
    assert.ok(!loaded.ok);
    assert.doesNotMatch(loaded.error.join('\n'), /s3cr3t/);
  });

  test('are told all that is wrong with them at once', async () => {
    const loaded = await load([`${secret}data: {a: "!"}\nmore: 1\n---\nnothing`, issuer('a', 'ExternalIsuer')]);
    assert.equal(loaded.ok ? 0 : loaded.error.length, 4);
  });
});
