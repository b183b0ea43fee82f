import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { externalLoads, siteProblems } from '../../../scripts/site/check.ts';

const folder = mkdtempSync(join(tmpdir(), 'external-issuer-site-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the check of the built site', () => {
  for (const text of [
    '<script type="module" src="https://cdn.test/x.js"></script>',
    '<img alt="x" src=//cdn.test/x.png>',
    '<link rel="stylesheet" href="https://cdn.test/x.css">',
    '@font-face{src:url(https://cdn.test/x.woff2)}',
    '@import "https://cdn.test/x.css";',
    'await import("https://cdn.test/x.js")',
    'fetch(`https://cdn.test/${x}`)',
  ]) {
    test(`finds the load in ${text}`, () => assert.equal(externalLoads(text).length, 1));
  }

  test('has nothing against links that a person follows, and against files of the site', () => {
    for (const text of [
      '<a href="https://cert-manager.io">',
      '<script src="/assets/x.js">',
      'url(data:font/woff2;base64,AA)',
      '"https://vuejs.org"',
      '<link rel="icon" href="/x.svg">',
    ]) {
      assert.deepEqual(externalLoads(text), [], text);
    }
  });

  test('finds links and anchors that lead nowhere', () => {
    const files = {
      'index.html':
        '<a href="/docs/a.html#there"></a><a href="./a#gone"></a><a href="#own"></a><a href="files/x.yaml"></a><p id="own">',
      'a.html': '<p id="there"><a href="/docs/"></a><a href="b.html"></a><a href="mailto:x@y"></a><a href="adr/1.html#x"></a>',
      'adr/1.html': '<p id="x"><a href="../a.html"></a><img src="https://cdn.test/x.png">',
      'files/x.yaml': 'a: 1',
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    assert.deepEqual(siteProblems(folder, '/docs/'), [
      'adr/1.html loads https://cdn.test/x.png',
      'a.html links to b.html',
      'index.html links to ./a#gone',
    ]);
  });
});
