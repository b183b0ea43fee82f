import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseJsonText } from '../../../../../src/signers/http-pki/config/json-text.ts';

describe('JSON with places', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['', /^line 1, column 1: a value is expected/],
    ['{"a": }', /^line 1, column 7: a value is expected/],
    ['{\n"a": 1\n"b": 2}', /^line 3, column 1: "," or "}" is expected/],
    ['{"a": 1,}', /^line 1, column 9: a name in double quotes/],
    ['[1, 2,]', /^line 1, column 7: a value/],
    ['[1 2]', /^line 1, column 4: "," or "]"/],
    ['{"a" 1}', /^line 1, column 6: ":" is expected/],
    ['{a: 1}', /^line 1, column 2: a name in double quotes/],
    ['{"a": {{.CSR}}}', /^line 1, column 8: a placeholder must be inside of double quotes/],
    ['["a\n"]', /^line 1, column 2: this text in quotes/],
    ['"\\x"', /^line 1, column 1: this text in quotes/],
    ['01', /^line 1, column 1: a value/],
    ['truely', /^line 1, column 1: a value/],
    ['{} {}', /^line 1, column 4: there is more text/],
    ['{"a": 1, "\\u0061": 2}', /^line 1, column 10: the name "a" is there twice/],
    ['['.repeat(100_000), /^line 1, column 34: is nested deeper than 32 levels/],
  ];
  for (const [text, message] of refused) {
    test(`refuses ${JSON.stringify(text.slice(0, 30))}`, () => {
      const parsed = parseJsonText(text);
      assert.ok(!parsed.ok);
      assert.match(parsed.error, message);
    });
  }

  test('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        assert.deepEqual(parseJsonText(text), { ok: true, value: JSON.parse(text) });
      }),
    );
  });

  test('refuses what JSON.parse refuses, and nothing else but names that are there twice', () => {
    const tokens = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '-0.5e+3',
      '.5',
      'null',
      'nul',
      ' ',
      '\u007f',
      '\t',
      '"',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 9 }), (parts) => {
        const text = parts.join('');
        const parsed = parseJsonText(text);
        if (!parsed.ok && parsed.error.includes('twice')) return;
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        assert.equal(parsed.ok, isJson, text);
      }),
      { numRuns: 3000 },
    );
  });
});
