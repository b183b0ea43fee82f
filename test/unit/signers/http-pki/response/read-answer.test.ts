import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { answerOf, within } from './support/answers.ts';

const read: readonly {
  readonly what: string;
  readonly body: string | Uint8Array;
  readonly type?: string;
  readonly document: unknown;
}[] = [
  { what: 'JSON by its content type', body: '{"a":1}', type: 'application/json; charset=utf-8', document: { a: 1 } },
  { what: 'JSON by a content type that ends in +json', body: '{"a":1}', type: 'application/problem+json', document: { a: 1 } },
  { what: 'JSON by how it begins', body: '\n [1]', type: 'text/html', document: [1] },
  { what: 'JSON behind a byte order mark', body: '\u{feff}{"a":1}', document: { a: 1 } },
  { what: 'no XML where the content type says JSON', body: '<a/>', type: 'application/json', document: null },
  { what: 'no JSON where the content type says XML', body: '{}', type: 'text/xml', document: null },
  { what: 'XML by its content type', body: '<a>1</a>', type: 'application/soap+xml', document: { a: '1' } },
  { what: 'XML by how it begins', body: '<?xml version="1.0"?><a>007</a>', document: { a: '007' } },
  { what: 'neither in text', body: 'not found', document: null },
  { what: 'neither in PEM', body: '-----BEGIN CERTIFICATE-----', document: null },
  { what: 'nothing in an empty body', body: '', type: 'application/json', document: null },
  { what: 'JSON null as null', body: 'null', type: 'application/json', document: null },
  { what: 'JSON that is cut as null', body: '{"a":', type: 'application/json', document: null },
  {
    what: 'integers that a number cannot hold as text',
    body: '{"serial":123456789012345678901234567890,"small":9007199254740991,"real":1.5e300,"huge":1e999}',
    document: { serial: '123456789012345678901234567890', small: 9_007_199_254_740_991, real: 1.5e300, huge: Infinity },
  },
  {
    what: 'invalid UTF-8 as replacement characters',
    body: Buffer.from('7b2261223a22ff227d', 'hex'),
    document: { a: '\u{fffd}' },
  },
  {
    what: 'the character set that the content type names',
    body: Buffer.from('{"a":"f\u00fcr"}', 'latin1'),
    type: 'application/json; charset=ISO-8859-1',
    document: { a: 'für' },
  },
  {
    what: 'the character set that the XML declares',
    body: Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?><a>f\u00fcr</a>', 'latin1'),
    document: { a: 'für' },
  },
  {
    what: 'an unknown character set as UTF-8',
    body: '{"a":"für"}',
    type: 'application/json; charset=klingon',
    document: { a: 'für' },
  },
  {
    what: 'XML with prefixes, attributes, CDATA, entities, lists and empty elements',
    body: '<s:E xmlns:s="urn:x"><s:r id="7"><c>1e5</c><c>0x1</c><d a="b">t &amp; &lt;&#65;&#x42;</d><e/><f><![CDATA[<x>]]></f></s:r></s:E>',
    document: { E: { r: { '@id': '7', c: ['1e5', '0x1'], d: { '@a': 'b', '#text': 't & <AB' }, e: '', f: '<x>' } } },
  },
  {
    what: 'XML with a document type that defines no entity',
    body: '<!DOCTYPE a SYSTEM "a.dtd"><a>1</a>',
    document: { a: '1' },
  },
  {
    what: 'no XML that defines an entity',
    body: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    document: null,
  },
  { what: 'no XML that is not well-formed', body: '<a><b></a>', document: null },
  { what: 'no XML with an element __proto__', body: '<a><__proto__><b>1</b></__proto__></a>', document: null },
];
describe('readAnswer reads', () => {
  for (const { what, body, type, document } of read) {
    test(what, () => {
      assert.deepEqual(answerOf(body, type === undefined ? {} : { type }).document, document);
    });
  }
});

test('the text of an answer is at most 64 KiB, cut between two characters', () => {
  const { text } = answerOf(`x${'ü'.repeat(40_000)}`);
  assert.equal(text, `x${'ü'.repeat(32_767)}`);
  assert.equal(answerOf('{"a":1}').text, '{"a":1}');
});

test('brackets in a JSON text are no levels, quotes in it do not end it', () => {
  const document = { a: '"[{'.repeat(1000), b: '\\', c: ',"'.repeat(300_000) };
  assert.deepEqual(answerOf(document).document, document);
});

test('an answer is parsed once', () => {
  const answer = answerOf({ a: 1 });
  assert.equal(answer.document, answer.document);
});

const lol = Array.from({ length: 9 }, (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`).join('');
const bombs: readonly { readonly what: string; readonly body: string }[] = [
  { what: 'JSON that is 8 million levels deep', body: '['.repeat(8_000_000) },
  { what: 'JSON that is closed again after 100,000 levels', body: '['.repeat(100_000) + ']'.repeat(100_000) },
  { what: 'JSON objects 100,000 levels deep', body: '{"a":'.repeat(100_000) },
  { what: 'JSON with 5 million empty lists', body: `[${'[],'.repeat(5_000_000)}[]]` },
  { what: 'JSON with a million keys', body: `{${Array.from({ length: 1_000_000 }, (_, index) => `"${index}":1`).join(',')}}` },
  { what: 'billion laughs', body: `<!DOCTYPE lolz [<!ENTITY l0 "lol">${lol}]><lolz>&l9;</lolz>` },
  {
    what: 'billion laughs in small letters',
    body: `<!doctype lolz [<!entity l0 "lol">${lol.toLowerCase()}]><lolz>&l9;</lolz>`,
  },
  { what: 'XML that is 300,000 levels deep', body: '<a>'.repeat(300_000) },
  { what: 'XML that is closed again after 1,000 levels', body: '<a>'.repeat(1000) + '</a>'.repeat(1000) },
  { what: 'JSON with 20,000 values and more', body: `["1234567890123456"${',1'.repeat(20_000)}]` },
  { what: 'XML with 10,000 elements and more', body: `<a>${'<b/>'.repeat(10_000)}</a>` },
  {
    what: 'XML with 10,000 attributes and more',
    body: `<a ${Array.from({ length: 10_001 }, (_, index) => `a${index}=""`).join(' ')}></a>`,
  },
  { what: 'XML of more than 256 KiB', body: `<a>${'x'.repeat(262_144)}</a>` },
  { what: 'XML with 200,000 elements', body: `<a>${'<b/>'.repeat(200_000)}</a>` },
  { what: 'XML with 16 million characters', body: `<a>${'x'.repeat(16_000_000)}</a>` },
  { what: 'XML with an attribute that does not end', body: `<a ${"b='".repeat(300_000)}` },
  { what: 'XML with comments that do not end', body: `<a>${'<!--'.repeat(250_000)}` },
];
describe('readAnswer has no document, and soon, for', () => {
  for (const { what, body } of bombs) {
    test(what, () => {
      const answer = answerOf(body);
      within(1500, () => assert.equal(answer.document, null));
    });
  }
});

test('references in XML cost no more than their text', () => {
  const { document } = within(1500, () => answerOf(`<a>${'&#65;'.repeat(15_000)}</a>`));
  assert.deepEqual(document, { a: 'A'.repeat(15_000) });
});

test('a chain of twenty certificates is read, as JSON and as XML with its line ends as references', () => {
  const pem = `-----BEGIN CERTIFICATE-----\n${`${'A'.repeat(64)}\n`.repeat(40)}-----END CERTIFICATE-----\n`;
  const chain = Array.from({ length: 20 }, () => pem);
  assert.deepEqual(answerOf({ data: { chain } }).document, { data: { chain } });
  const xml = `<r>${chain.map((each) => `<c n="1">${each.replaceAll('\n', '&#13;\n')}</c>`).join('')}</r>`;
  const { document } = answerOf(xml);
  const found = (document as { readonly r: { readonly c: readonly { readonly '#text': string }[] } }).r.c;
  assert.deepEqual(
    found.map((each) => each['#text'].replaceAll('\r', '').trim()),
    chain.map((each) => each.trim()),
  );
});

test('an answer that gives keys of prototypes changes none', () => {
  const { document } = answerOf('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
  assert.equal((document as { readonly polluted?: boolean }).polluted, undefined);
  assert.equal(({} as { readonly polluted?: boolean }).polluted, undefined);
});

test('readAnswer never throws, whatever the body and the content type', () => {
  const types = fc.constantFrom('application/json', 'text/xml', 'text/plain; charset=utf-16', ';', 'text/html; charset="', '');
  const xml = fc.array(
    fc.constantFrom(
      '<',
      '>',
      'a',
      '/',
      '="',
      '"',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?xml ',
      '?>',
      '&',
      ';',
      '<!DOCTYPE',
      '[',
      ' ',
    ),
  );
  const body = fc.oneof(
    fc.uint8Array(),
    fc.string(),
    fc.json(),
    xml.map((pieces) => `<a${pieces.join('')}`),
  );
  fc.assert(
    fc.property(body, types, (content, type) => {
      const { document, text } = answerOf(content, { type });
      assert.notEqual(document, undefined);
      assert.equal(typeof text, 'string');
    }),
    { numRuns: 500 },
  );
});
