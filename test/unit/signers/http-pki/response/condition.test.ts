import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createCondition } from '../../../../../src/signers/http-pki/response/condition.ts';
import { answerOf, bad, good } from './support/answers.ts';

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
  ['text.size() + 1 > 10 && status + 1 == 401 && int("1") + 2 * 3 == 7', true],
  ['text.contains("")', true],
  ['text.contains("no such words")', false],
  ['text.indexOf("busy") == text.indexOf("busy", 5) && text.indexOf("zz") == -1', true],
  ['text.indexOf("busy", -1) == 1 || text.indexOf("busy", 100000) == 1', false],
  ['body.text.startsWith("busy") && body.text.endsWith("now") && !body.text.endsWith("busy")', true],
  ['["busy", "wait"].exists(word, text.contains(word))', true],
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
    ['text.lastIndexOf("a") == 1', /the function lastIndexOf is not available/],
    ['text.contains_bounded("a")', /the function contains_bounded is not available/],
    ['status.contains("a")', /no matching overload for 'int\.contains\(string\)'/],
    ['(text + text).contains("a")', /at character 2, \+ adds numbers only, such as int\(body\.code\) \+ 1; compare texts/],
    ['body.a + body.b == "ab"', /\+ adds numbers only/],
    ['[1] + [2] == body', /\+ adds numbers only/],
    ['[text].exists(t, (t + t) == "")', /\+ adds numbers only/],
    [`${'text.contains("a")||'.repeat(16)}text.startsWith("b")`, /it has 17 calls of contains, .* and may have 16; split it/],
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
