import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createSelector } from '../../../../../src/signers/http-pki/response/selector.ts';
import { answerOf, bad, good, within } from './support/answers.ts';

const body = {
  data: {
    certificate: 'leaf',
    'ca.chain': ['one', 'two'],
    list: [
      { pem: 'a', n: 1 },
      { pem: 'b', n: 2 },
    ],
    'x/y': 1,
    '~': 2,
  },
  0: 'zero',
  none: null,
  no: false,
  single: 'alone',
  spaced: { 'Request ID': 'r1' },
};
const answer = answerOf(body, { headers: { location: '/requests/7', 'x-id': '' } });

const found: readonly (readonly [path: string, value: unknown])[] = [
  ['data.certificate', 'leaf'],
  ['.data.certificate', 'leaf'],
  ['data.list.0.pem', 'a'],
  ['data.list[1].pem', 'b'],
  ['.data.list[1].pem', 'b'],
  ['data["ca.chain"][1]', 'two'],
  ["data['ca.chain']", ['one', 'two']],
  ['data.list.2.pem', undefined],
  ['data.list.01', undefined],
  ['data.list.length', undefined],
  ['data.missing.deeper', undefined],
  ['single.0', 'alone'],
  ['single.0.0', 'alone'],
  ['single.1', undefined],
  ['none', null],
  ['none.0', undefined],
  ['no', false],
  ['0', 'zero'],
  ['spaced.Request ID', 'r1'],
  ['single.length', undefined],
  ['__proto__', undefined],
  ['constructor', undefined],
  ['data.constructor.name', undefined],
  ['data.list.map', undefined],
  ['/data/certificate', 'leaf'],
  ['/data/list/1/pem', 'b'],
  ['/data/list/-', undefined],
  ['/data/x~1y', 1],
  ['/data/~0', 2],
  ['/single/0', undefined],
  ['/__proto__/toString', undefined],
  ['/', undefined],
  ['$', body],
  ['$.data.certificate', 'leaf'],
  ['$.data.list[*].pem', ['a', 'b']],
  ['$..pem', ['a', 'b']],
  ['$.data.list[?@.n > 1].pem', 'b'],
  ['$.data.list[?@.pem == "a" || @.n == 2].n', [1, 2]],
  ["$.data.list[?@.pem == '?$,..'].n", undefined],
  ['$.data.list[-1].n', 2],
  ['$.data.list[?length(@.pem) == 1 && count(@.*) == 2].n', [1, 2]],
  ['$.missing', undefined],
  ['$.constructor', undefined],
  ['$["__proto__"]', undefined],
  ['header:Location', '/requests/7'],
  ['Header: location', '/requests/7'],
  ['header:x-id', ''],
  ['header:x-other', undefined],
];
describe('createSelector', () => {
  for (const [path, value] of found) {
    test(`${path} finds ${JSON.stringify(value)}`, () => {
      assert.deepEqual(good(createSelector(path, 'field'))(answer), value);
    });
  }

  const refused: readonly (readonly [path: string, words: RegExp])[] = [
    ['', /^pki\.pending\.id "": it is empty; write a path such as data\.certificate, or a single dot/],
    ['  ', /it is empty/],
    ['data..certificate', /^pki\.pending\.id "data\.\.certificate": at character 5, no name follows the dot$/],
    ['data.', /at character 5, no name follows the dot/],
    ['data/certificate', /at character 5, there is a slash; begin a JSON Pointer with one/],
    ['data[x]', /at character 5, the brackets hold neither a number nor a name in quotes/],
    ['data[-1]', /at character 5/],
    ['data[0', /at character 5/],
    ['data[0]name', /at character 8, a dot, a bracket or a name is missing/],
    ['data."a"', /at character 5, there is a quote/],
    [' data', /at character 1, .*space beside it/],
    ['header:', /after header: the name of a header is missing/],
    ['header:a b', /after header:/],
    ['/a~2', /at character 3, ~ is not followed by 0 or 1/],
    ['$.', /not JSONPath \(RFC 9535\): at character \d/],
    ['$[', /not JSONPath \(RFC 9535\): at character 3, unclosed/],
    ['$.a[?match(@.b, "x.*")]', /match\(\) is not available, since a regular expression may run for minutes; compare with ==/],
    ['$.a[?search (@.b, "x.*")]', /search \(\) is not available|search\(\)/],
    ['$..a..b', /\.\. more than once/],
    ['$.a[?@..b].c..d', /\.\. more than once/],
    ['$.a[?@.b].c[?@.d]', /more than one filter/],
    ['$.a[?@.b[?@.c]]', /more than one filter/],
    ['$.a[?$.b == @.c]', /\$ is inside a filter/],
    ['$[*,*][*,*][*,*]', /several selectors/],
    ['$.a[?keys(@)]', /no such function/],
    ['\u001b[2J', /"\\u001b\[2J": at character \d/],
  ];
  for (const [path, words] of refused) {
    test(`refuses ${JSON.stringify(path)}`, () => {
      assert.match(bad(createSelector(path, 'pki.pending.id')), words);
    });
  }

  test('. finds the body as text', () => {
    assert.equal(good(createSelector('.', 'field'))(answerOf('busy, try again')), 'busy, try again');
  });

  test('an XML element with attributes is its text, alone and in a list', () => {
    const xml = answerOf('<r><c n="1">a</c><c>b</c><d n="1"><e/></d><f a="1">x</f></r>');
    assert.deepEqual(good(createSelector('r.c', 'field'))(xml), ['a', 'b']);
    assert.equal(good(createSelector('r.f', 'field'))(xml), 'x');
    assert.equal(good(createSelector('r.f.0', 'field'))(xml), 'x');
    assert.equal(good(createSelector('r.f.@a', 'field'))(xml), '1');
    assert.deepEqual(good(createSelector('r.d', 'field'))(xml), { e: '', '@n': '1' });
  });

  test('an answer that is neither JSON nor XML has nothing in it', () => {
    for (const path of ['a', '/a', '$.a', '$'])
      assert.ok([undefined, null].includes(good(createSelector(path, 'f'))(answerOf('no')) as null));
  });

  test('JSONPath looks at 64 KiB at most, a plain path at all', () => {
    const long = answerOf({ a: 'x', b: 'y'.repeat(65_536) });
    assert.equal(good(createSelector('$.a', 'field'))(long), undefined);
    assert.equal(good(createSelector('a', 'field'))(long), 'x');
  });

  test('JSONPath goes 20 levels down at most with two dots', () => {
    const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}{"x":1}${'}'.repeat(levels)}`);
    const select = good(createSelector('$..x', 'field'));
    assert.equal(select(answerOf(nested(15))), 1);
    assert.equal(select(answerOf(nested(30))), undefined);
  });

  const wide = `[${'[1],'.repeat(9000)}${' '.repeat(20_000)}1]`;
  const deep = `${'[1,2,'.repeat(19)}[${'1,'.repeat(19_000)}${' '.repeat(20_000)}1]${']'.repeat(19)}`;
  const slow = [
    '$..*',
    '$..[?@[*]||@[*]]',
    `$..[?${Array.from({ length: 60 }, () => '@!=@').join('||')}]`,
    `$..[?count(@${'[*]'.repeat(30)})>1]`,
    `$${'[*]'.repeat(60)}`,
  ];
  for (const path of slow) {
    test(`${path.slice(0, 30)} is done soon with 64 KiB that are wide or deep`, () => {
      const select = good(createSelector(path, 'field'));
      for (const text of [wide, deep]) {
        const hostile = answerOf(text);
        assert.notEqual(hostile.document, null);
        within(2000, () => void select(hostile));
      }
    });
  }

  test('never throws, whatever the path and the answer', () => {
    const piece = fc.constantFrom(
      '$',
      '.',
      '..',
      '[',
      ']',
      '*',
      '?',
      '@',
      '"',
      "'",
      '/',
      '~',
      'a',
      '0',
      '-1',
      ':',
      ',',
      '==',
      'length(',
      ')',
      'header:',
      '__proto__',
      ' ',
    );
    const path = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(path, fc.jsonValue({ maxDepth: 5 }), (text, json) => {
        const selector = createSelector(text, 'field');
        if (selector.ok) selector.value(answerOf(json));
      }),
      { numRuns: 1000 },
    );
  });
});
