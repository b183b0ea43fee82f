import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCondition } from '../../../../../src/signers/http-pki/response/condition.ts';
import { busyMs } from '../support/busy.ts';
import { answerOf, good } from './support/answers.ts';

const longestMs = 50;
const letters = 'a'.repeat(65_000);
const half = `[${'1,'.repeat(8000)}1]`;
const entries = (count: number): string => `[${'1,'.repeat(count)}1]`;
const properties = (count: number): string => Array.from({ length: count }, (_, index) => `"${index}":1`).join(',');

/** As often as a condition has room for it. */
function often(piece: string, room = 900, separator = '||'): string {
  return Array.from({ length: Math.floor(room / (piece.length + separator.length)) }, () => piece).join(separator);
}

const contains = 'text.contains("aaaaaaaaaaaaaab")';
const searches = Array.from({ length: 16 }, () => contains).join('||');
const hostile: readonly (readonly [what: string, text: string, body: string])[] = [
  ['a text of 980 letters that is searched for', `text.contains("b${'a'.repeat(980)}")`, letters],
  ['half of a text that is searched for in it', 'text.indexOf(text.substring(32000)) == 1', letters],
  [
    'a text of 1,000 letters that is searched for in each of a list',
    '[text, text].exists(t, t.contains(t.substring(64000)))',
    letters,
  ],
  ['sixteen searches', searches, letters],
  ['sixteen longer searches', often(`text.contains("b${'a'.repeat(30)}")`, 780), letters],
  ['letters that are changed', often('text.lowerAscii()==""'), 'É'.repeat(32_000)],
  ['characters that are counted', often('text.size()==1'), '\u{1f600}'.repeat(16_000)],
  ['white space that is cut off', often('text.trim()==""'), `${' '.repeat(30_000)}a${' '.repeat(30_000)}`],
  ['long numbers', often('double(text)==1.0'), '9'.repeat(65_000)],
  ['lists that are compared', often('body[0]!=body[1]'), `[${half},${half}]`],
  ['mappings that are compared', often('body[0]!=body[1]'), `[{${properties(3000)}},{${properties(3000)}}]`],
  ['a list that is looked through', often('"x" in body'), entries(19_000)],
  ['each of 19,000 entries', `body.exists(x, ${searches})`, entries(19_000)],
  ['each of 1,400 entries', `body.exists(x, ${searches})`, `[${'1,'.repeat(1400)}"${'a'.repeat(100)}"]`],
  ['each of 60 entries of a long text', `body.exists(x, ${searches})`, `["${letters}"${',1'.repeat(60)}]`],
  ['each entry of a literal', `[${'1,'.repeat(60)}1].exists(x, ${searches})`, `"${letters}"`],
  ['texts in a literal', `[text,text,text,text].exists(t, ${often('t.lowerAscii()==""')})`, letters],
  ['an error for each of many entries', 'body.exists(x, x.a)', entries(2600)],
  ['errors for each entry', `body.exists(x, ${often('x.a', 480)})`, entries(1400)],
  ['comparisons with the body', `body.exists(x, ${often('body != body', 600)})`, entries(1400)],
  ['lists for each entry', 'body.map(x, [x, x, x, x]).size() == 1', entries(2600)],
  ['texts for each entry', 'body.map(x, text.lowerAscii()).size() == 1', `[${'1,'.repeat(100)}"${'a'.repeat(60_000)}"]`],
  ['deep lists', 'body.exists(x, x == [])', `[${`${'['.repeat(60)}${']'.repeat(60)},`.repeat(300)}1]`],
];

describe('a condition that would cost much', () => {
  for (const [what, text, body] of hostile) {
    test(`is done in ${longestMs} ms: ${what}`, () => {
      const condition = good(createCondition(text, 'field'));
      const answer = answerOf(body, { headers: { a: '' } });
      assert.equal(answer.document === null, !/^[[{"9]/.test(answer.text));
      const took = busyMs(() => condition(answer));
      assert.ok(took < longestMs, `${took} ms`);
    });
  }

  test('is done in time where there are two thousand headers', () => {
    const condition = good(createCondition(`headers.exists(x, ${searches})`, 'field'));
    const headers = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`h${index}`, '']));
    const answer = answerOf(letters, { headers });
    assert.ok(busyMs(() => condition(answer)) < longestMs);
  });

  test('is false where it searches for more than 1,024 characters', () => {
    const answer = answerOf('ab'.repeat(2000));
    assert.equal(good(createCondition('text.contains(text.substring(0, 1024))', 'field'))(answer), true);
    assert.equal(good(createCondition('text.contains(text.substring(0, 1025))', 'field'))(answer), false);
  });

  test('may search each time anew', () => {
    const condition = good(createCondition(`text.contains("${'a'.repeat(200)}")`, 'field'));
    const answer = answerOf(letters);
    for (let round = 0; round < 5; round += 1) assert.equal(condition(answer), true);
  });

  test('sees all of a large answer where each entry only looks at itself', () => {
    const list = Array.from({ length: 500 }, (_, index) => ({ code: index, message: 'x'.repeat(80) }));
    const text = 'body.errors.exists(e, e.code == 499 && e.message.contains("xxx"))';
    assert.equal(good(createCondition(text, 'field'))(answerOf({ errors: list })), true);
  });
});
