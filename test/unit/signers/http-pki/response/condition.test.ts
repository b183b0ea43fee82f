import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createCondition } from '../../../../../src/signers/http-pki/response/condition.ts';
import { answerOf, bad, good, within } from './support/answers.ts';

const body = {
  success: false,
  text: 'busy now',
  code: 9002,
  errors: [
    { code: 1, message: 'first' },
    { code: 9002, message: 'CSR Decode failed' },
  ],
  none: null,
  deep: { state: 'issued' },
};
const answer = answerOf(body, { status: 400, headers: { 'retry-after': '3', server: 'ca' } });

const conditions: readonly (readonly [text: string, expected: boolean])[] = [
  ['status == 400', true],
  ['status in [200, 201]', false],
  ['status >= 400 && status < 500', true],
  ['body.success == false', true],
  ['!body.success', true],
  ['body.code == 9002', true],
  ['body.code > 9002', false],
  ['body.code in [9001, 9002]', true],
  ['body.errors[0].message == "first"', true],
  ['body.errors[7].message == "first"', false],
  ['body.errors.exists(e, e.code == 9002 && e.message.contains("Decode"))', true],
  ['body.errors.all(e, e.code == 1)', false],
  ['body.errors.filter(e, e.code == 1).size() == 1', true],
  ['"CSR Decode failed" in body.errors.map(e, e.message)', true],
  ['body.deep.state == "issued"', true],
  ['has(body.deep.state) && !has(body.deep.other)', true],
  ['has(body.other) && body.other == 1', false],
  ['body.other == 1', false],
  ['body.other == 1 || status == 400', true],
  ['body.none == null', true],
  ['body == null', false],
  ['body.code == "9002"', false],
  ['text.contains("busy")', true],
  ['text.lowerAscii().startsWith("{")', true],
  ['text.size() > 10', true],
  ['headers["retry-after"] == "3"', true],
  ['headers.server == "ca"', true],
  ['"location" in headers', false],
  ['headers["location"] == "x"', false],
  ['body.constructor == null', false],
  ['has(body.__proto__)', false],
  ['has(body.toString)', false],
];
describe('createCondition', () => {
  for (const [text, expected] of conditions) {
    test(`${text} is ${expected}`, () => {
      assert.equal(good(createCondition(text, 'field'))(answer), expected);
    });
  }

  const refused: readonly (readonly [text: string, words: RegExp])[] = [
    ['status = 400', /^pki\.rules\[0\]\.when: at character 8, /],
    ['status == ', /at character 11, Unexpected token: EOF/],
    ['status == "400"', /at character 1, no such overload: int == string/],
    ['code == 1', /at character 1, Unknown variable: code; there are status, body, text and headers/],
    ['text == 1', /no such overload: string == int/],
    ['status', /it gives int, not true or false; compare it/],
    ['body.ok', /it gives a value of any type, not true or false; compare it, as in body\.ok == true/],
    ['text.matches("^(a+)+$")', /matches is not available, .*use contains, startsWith, endsWith or ==/],
    ['body.list.exists(x, x.matches("a"))', /matches is not available/],
    ['has(body.a) && [text].exists(x, x.matches("a"))', /matches is not available/],
    ['cel.bind(a, text + text, a == "x")', /the function bind is not available; there are has, size, contains/],
    ['text.split("").size() == 1', /the function split is not available/],
    ['["a"].join() == "a"', /the function join is not available/],
    ['bytes(text).json() == {}', /the function (?:bytes|json) is not available/],
    [
      'body.a.exists(x, body.b.exists(y, x == y))',
      /it has 2 comprehensions \(exists, exists\), and may have one; split it into several rules/,
    ],
    ['body.a.exists(x, x) || body.b.all(x, x)', /2 comprehensions/],
    ['body.a.map(x, [x]).filter(x, true) == []', /2 comprehensions/],
    ['status == 1' + ' '.repeat(1020), /has 1031 characters; at most 1024/],
    [`${'('.repeat(500)}true${')'.repeat(500)}`, /at character/],
    [`${'!'.repeat(1000)}true`, /at character/],
    [`size([${'1,'.repeat(400)}1]) == 1`, /at character/],
    ['', /at character 1/],
  ];
  for (const [text, words] of refused) {
    test(`refuses ${JSON.stringify(text.slice(0, 50))}`, () => {
      assert.match(bad(createCondition(text, 'pki.rules[0].when')), words);
    });
  }

  test('a body that is neither JSON nor XML is null', () => {
    assert.equal(good(createCondition('body == null && text.contains("busy")', 'field'))(answerOf('we are busy')), true);
  });

  test('XML is read as JSON is, every value as text', () => {
    const condition = good(createCondition('body.r.state == "done" && body.r.code == "007"', 'field'));
    assert.equal(condition(answerOf('<r><state>done</state><code>007</code></r>')), true);
  });

  test('a body of more than 64 KiB is null, and its text is cut', () => {
    const long = answerOf({ a: 1, b: 'x'.repeat(65_536) });
    assert.equal(good(createCondition('body == null', 'field'))(long), true);
    assert.equal(good(createCondition('text.size() == 65536', 'field'))(long), true);
  });

  test('a comprehension sees no body whose lists are too long for its size', () => {
    const rows = (length: number): string => `[${'{"a":1},'.repeat(length)}{"a":2}]`;
    const condition = good(createCondition('body.exists(x, x.a == 2)', 'field'));
    assert.equal(condition(answerOf(rows(500))), true);
    assert.equal(condition(answerOf(rows(5000))), false);
    assert.equal(good(createCondition('body[5000].a == 2', 'field'))(answerOf(rows(5000))), true);
  });

  const contains = 'text.contains("aaaaaaaaaaaaaab")';
  const many = (separator: string, piece: string): string =>
    Array.from({ length: Math.floor(900 / (piece.length + separator.length)) }, () => piece).join(separator);
  const slow: readonly (readonly [what: string, text: string, hostile: string])[] = [
    ['each of 32,000 elements', `body.exists(x, ${many('||', contains)})`, `[${'1,'.repeat(32_000)}1]`],
    ['each of 1,400 elements', `body.exists(x, ${many('||', contains)})`, `[${'1,'.repeat(1400)}"${'a'.repeat(100)}"]`],
    [
      'each of 60 elements of a long text',
      `body.exists(x, ${many('||', contains)})`,
      `["${'a'.repeat(65_000)}"${',1'.repeat(60)}]`,
    ],
    [
      'each element of a literal',
      `[${'1,'.repeat(60)}1].exists(x, ${Array.from({ length: 20 }, () => contains).join('||')})`,
      `"${'a'.repeat(65_000)}"`,
    ],
    ['sums of texts', `(${many('+', 'text')}).contains("aaaab")`, `"${'a'.repeat(65_000)}"`],
    ['errors for each element', 'body.exists(x, x.a.b == 1)', `[${'1,'.repeat(1400)}1]`],
    ['comparisons of the body with itself', `body.exists(x, ${many('||', 'body != body')})`, `[${'1,'.repeat(1400)}1]`],
  ];
  for (const [what, text, hostile] of slow) {
    test(`is done soon with ${what}`, () => {
      const condition = good(createCondition(text, 'field'));
      const headers = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`h${index}`, '']));
      within(1500, () => condition(answerOf(hostile, { headers })));
    });
  }

  test('each header of two thousand costs no whole text', () => {
    const condition = good(createCondition(`headers.exists(x, ${many('||', contains)})`, 'field'));
    const headers = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`h${index}`, '']));
    within(1500, () => condition(answerOf('a'.repeat(65_536), { headers })));
  });

  test('never throws, whatever the text and the answer', () => {
    const piece = fc.constantFrom(
      'status',
      'body',
      'text',
      'headers',
      '.',
      'a',
      '[',
      ']',
      '(',
      ')',
      '==',
      '&&',
      '!',
      '"x"',
      '1',
      'exists(',
      'x',
      ',',
      'has(',
      '?',
      ':',
      '{',
      '}',
      '+',
      ' ',
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(text, fc.jsonValue({ maxDepth: 4 }), (condition, json) => {
        const compiled = createCondition(condition, 'field');
        if (compiled.ok) assert.equal(typeof compiled.value(answerOf(json)), 'boolean');
      }),
      { numRuns: 700 },
    );
  });
});
