import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodePem, encodePem } from '../../../src/x509/pem.ts';

const block = '-----BEGIN THING-----\nAQIDBA==\n-----END THING-----\n';
const thing = { label: 'THING', der: new Uint8Array([1, 2, 3, 4]) };

describe('decodePem', () => {
  const accepted: readonly { readonly what: string; readonly text: string; readonly count: number }[] = [
    { what: 'one block', text: block, count: 1 },
    { what: 'CR LF', text: block.replaceAll('\n', '\r\n'), count: 1 },
    { what: 'no last newline', text: block.trimEnd(), count: 1 },
    { what: 'text before and after', text: `Subject: x\n${block}that was it`, count: 1 },
    { what: 'several blocks with text between', text: `${block}# next\n${block}\n\n${block}`, count: 3 },
    { what: 'indentation and empty lines', text: block.replaceAll('\n', '\n    \n    '), count: 1 },
    { what: 'a body in one long line or many short ones', text: block.replace('AQID', 'AQ\nID'), count: 1 },
    { what: 'no block at all', text: 'nothing to see\n----- BEGIN\n', count: 0 },
    { what: 'an empty text', text: '', count: 0 },
  ];
  for (const { what, text, count } of accepted) {
    test(`reads ${what}`, () => {
      const blocks = decodePem(text);
      assert.deepEqual(blocks, { ok: true, value: Array.from({ length: count }, () => thing) });
    });
  }

  const refused: readonly { readonly what: string; readonly text: string; readonly code: string; readonly words: RegExp }[] = [
    { what: 'no END line', text: '-----BEGIN THING-----\nAQID\n', code: 'PemMalformed', words: /THING has no END line/ },
    {
      what: 'an END line of another block',
      text: block.replace('END THING', 'END OTHER'),
      code: 'PemMalformed',
      words: /no END line/,
    },
    { what: 'a BEGIN line that is cut', text: '-----BEGIN THI', code: 'PemMalformed', words: /BEGIN line/ },
    {
      what: 'a label over two lines',
      text: block.replace('BEGIN THING', 'BEGIN THI\nNG'),
      code: 'PemMalformed',
      words: /BEGIN line/,
    },
    { what: 'no body', text: block.replace('AQIDBA==', ''), code: 'PemMalformed', words: /not base64/ },
    { what: 'a letter that is not base64', text: block.replace('AQ', 'A!'), code: 'PemMalformed', words: /not base64/ },
    { what: 'base64url', text: block.replace('AQIDBA==', '__--'), code: 'PemMalformed', words: /not base64/ },
    { what: 'missing padding', text: block.replace('==', ''), code: 'PemMalformed', words: /not base64/ },
    { what: 'padding in the middle', text: block.replace('AQIDBA==', 'AQ==AQID'), code: 'PemMalformed', words: /not base64/ },
    { what: 'bits behind the padding', text: block.replace('BA==', 'BB=='), code: 'PemMalformed', words: /not base64/ },
    {
      what: 'headers of an encrypted key',
      text: block.replace('AQ', 'Proc-Type: 4,ENCRYPTED\n\nAQ'),
      code: 'PemMalformed',
      words: /not base64/,
    },
    { what: 'more text than allowed', text: 'x'.repeat(1025), code: 'PemTooLarge', words: /1025 characters; at most 1024/ },
    { what: 'more blocks than allowed', text: block.repeat(5), code: 'PemTooManyBlocks', words: /more than 4 blocks/ },
  ];
  for (const { what, text, code, words } of refused) {
    test(`refuses ${what}`, () => {
      const blocks = decodePem(text, { maxChars: 1024, maxBlocks: 4 });
      assert.ok(!blocks.ok);
      assert.equal(blocks.error.code, code);
      assert.match(blocks.error.message, words);
    });
  }

  test('reads back whatever encodePem wrote, with any text around', () => {
    const text = fc.string().filter((around) => !around.includes('-----BEGIN'));
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 }), text, (ders, around) => {
        const pem = ders.map((der) => `${around}\n${encodePem('SOME THING', der)}`).join('');
        const blocks = decodePem(pem);
        assert.ok(blocks.ok);
        assert.deepEqual(
          blocks.value.map(({ der }) => der),
          ders.map((der) => new Uint8Array(der)),
        );
      }),
    );
  });

  test('never throws, whatever it is given', () => {
    const pieces = fc.array(
      fc.constantFrom('-----BEGIN ', '-----END ', 'A', '-----', '\n', '=', ' ', '\r', 'AQID', '\u0000', 'é'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          pieces.map((list) => list.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => void decodePem(text),
      ),
    );
  });

  test('takes time in proportion to the text: a megabyte of BEGIN lines is refused within a second', () => {
    const started = performance.now();
    assert.equal(decodePem('-----BEGIN A-----'.repeat(60_000)).ok, false);
    assert.ok(performance.now() - started < 1000);
  });
});

test('encodePem writes lines of 64 characters and a newline at the end', () => {
  assert.equal(encodePem('A B', new Uint8Array(49)), `-----BEGIN A B-----\n${'A'.repeat(64)}\nAA==\n-----END A B-----\n`);
});
