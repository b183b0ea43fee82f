import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfigDocument } from '../../../src/api/config-document.ts';
import { paperSigner } from './support/sample-signers.ts';

const where = 'ConfigMap "pki" in namespace "a", key "k"';

describe('parseConfigDocument', () => {
  const good: readonly { readonly what: string; readonly text: string; readonly value: unknown }[] = [
    { what: 'JSON', text: '{"ink": "black", "seal": {"text": "ok"}}', value: { ink: 'black', seal: { text: 'ok' } } },
    { what: 'YAML with a comment', text: '# ours\nink: black\n', value: { ink: 'black' } },
    { what: 'an empty mapping, with the defaults', text: '{}', value: { ink: 'blue' } },
  ];
  for (const { what, text, value } of good) {
    test(`reads ${what}`, () => assert.deepEqual(parseConfigDocument(paperSigner, text, where), { ok: true, value }));
  }

  const bombLines = [
    'a: &a0 [x]',
    ...Array.from({ length: 30 }, (_, index) => `b${index}: &a${index + 1} [*a${index}, *a${index}]`),
  ];
  const bad: readonly { readonly what: string; readonly text: string; readonly message: RegExp }[] = [
    { what: 'a misspelt key', text: 'inc: black', message: /: paper: unknown key "inc"; did you mean "ink"\?$/ },
    {
      what: 'a misspelt key further down',
      text: 'seal: {text: a, txet: b}',
      message: /: paper\.seal: unknown key "txet"; did you mean "text"\?$/,
    },
    { what: 'a wrong value', text: 'ink: red', message: /: paper\.ink: must be one of blue, black$/ },
    {
      what: 'a misspelt key and what is missing for it',
      text: 'seal: {txt: b}',
      message: /unknown key "txt".*paper\.seal\.text: required/,
    },
    { what: 'text that is no mapping', text: 'hello', message: /: must be a mapping with the fields of spec\.paper$/ },
    { what: 'an empty document', text: '', message: /: must be a mapping/ },
    { what: 'a list', text: '[1]', message: /: must be a mapping/ },
    { what: 'broken JSON', text: '{"ink": ', message: /: is neither JSON nor YAML: / },
    {
      what: 'a key given twice',
      text: '{"ink": "blue", "ink": "black"}',
      message: /: has the key "ink" twice in one mapping$/,
    },
    {
      what: 'an alias, which can make a small document a large one',
      text: bombLines.join('\n'),
      message: /: cannot be read: Alias/,
    },
    { what: 'a document that is too large', text: ' '.repeat(70_000), message: /: is larger than 64 KiB$/ },
  ];
  for (const { what, text, message } of bad) {
    test(`refuses ${what} and says where it is`, () => {
      const result = parseConfigDocument(paperSigner, text, where);
      assert.ok(!result.ok);
      assert.ok(result.error.startsWith(where), result.error);
      assert.match(result.error, message);
    });
  }

  const wide = Array.from({ length: 9000 }, (_, index) => `k${index}`).join();
  const hostile: Readonly<Record<string, string>> = {
    'lists in lists': '['.repeat(65_536),
    'mappings in mappings': '{"a":'.repeat(13_000),
    'a mapping of very many keys': `{${wide}}`,
    'one mistake after another': '&a '.repeat(21_000),
  };
  for (const [what, text] of Object.entries(hostile)) {
    test(`refuses ${what} in a short message, without a crash`, () => {
      const result = parseConfigDocument(paperSigner, text, where);
      assert.ok(!result.ok);
      assert.ok(result.error.length < 1000);
    });
  }

  test('repeats nothing of a broken document, which may hold a secret', () => {
    const result = parseConfigDocument(paperSigner, '{"token": "hunter2", "token" "hunter3"}', where);
    assert.ok(!result.ok);
    assert.doesNotMatch(result.error, /hunter/);
  });
});
