import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { copyOf, rewritePage } from '../../../scripts/site/rewrite.ts';

const link = (href: string, words: string): string => `<a href="${href}" target="_self">${words}</a>`;

describe('a page on the site', () => {
  const cases: readonly (readonly [what: string, file: string, text: string, wanted: string])[] = [
    ['links to pages', 'docs/pki.md', '[x](issuers.md#policy)', '[x](./issuers.md#policy)'],
    ['links up from a record', 'docs/adr/0001-x.md', '[x](../pki.md)', '[x](../pki.md)'],
    ['links to the README', 'docs/pki.md', '[x](../README.md)', '[x](./index.md)'],
    ['is linked from the README', 'README.md', '[docs/pki.md](docs/pki.md)', '[docs/pki.md](./pki.md)'],
    ['links to a heading of its own', 'docs/pki.md', '[x](#a)', '[x](#a)'],
    ['links to other sites', 'docs/pki.md', '[x](https://example.com/a)', '[x](https://example.com/a)'],
    ['links to a file of the tree', 'docs/pki.md', '[`x`](../deploy/crds.yaml)', link('./files/deploy/crds.yaml', '`x`')],
    ['links to a source, which it shows as text', 'docs/pki.md', '[x](../src/a.ts)', link('./files/src/a.ts.txt', 'x')],
    ['links to a folder', 'docs/adr/0001-x.md', '[x](../../examples/pki)', link('../files/examples/pki/index.html', 'x')],
    ['shows pictures', 'README.md', '![x](docs/architecture.svg)', '![x](./architecture.svg)'],
    ['keeps code', 'docs/pki.md', '`{{ csr.pem }} <a> [x](y.md)`', '`{{ csr.pem }} <a> [x](y.md)`'],
    ['keeps blocks', 'docs/pki.md', '```yaml\na: "{{ x }}" # [x](../a.ts)\n```', '```yaml\na: "{{ x }}" # [x](../a.ts)\n```'],
    [
      'keeps blocks in lists',
      'docs/pki.md',
      '1. x\n\n   ```sh\n   echo {{ <a>\n   ```\n',
      '1. x\n\n   ```sh\n   echo {{ <a>\n   ```\n',
    ],
    ['has no expressions in its text', 'docs/pki.md', 'as {{ x }}', 'as &#123;&#123; x }}'],
    ['has no tags in its text', 'docs/pki.md', 'steps.<name>.<value>', 'steps.&lt;name>.&lt;value>'],
    ['keeps what is HTML', 'docs/pki.md', 'a<br>b', 'a<br>b'],
  ];
  for (const [what, file, text, wanted] of cases) {
    test(what, () => assert.equal(rewritePage(file, text).text, wanted));
  }

  test('names the files that it links to, for copies', () => {
    const { files } = rewritePage('docs/pki.md', '[a](../deploy/crds.yaml) [b](issuers.md) [c](../src/signers/ca)');
    assert.deepEqual(files, ['deploy/crds.yaml', 'src/signers/ca']);
    assert.deepEqual(files.map(copyOf), ['files/deploy/crds.yaml', 'files/src/signers/ca/index.html']);
  });
});
