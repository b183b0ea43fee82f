import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createMask, describeAnswer, describeRequest } from '../../../../../src/signers/http-pki/config/describe.ts';

const url = new URL('https://pki.example.com/sign?token=s3cr3t-value');
const plain = (text: string): string => text;

describe('a request in words', () => {
  test('is what goes over the wire, secrets masked', () => {
    const request = {
      method: 'POST',
      url,
      headers: new Map([
        ['content-type', 'application/json'],
        ['authorization', 'Bearer s3cr3t-value'],
      ]),
      body: Buffer.from('{\r\n\t"csr": "x\u0007"\n}'),
    };
    assert.equal(
      describeRequest(request, createMask(['s3cr3t-value'])),
      'POST https://pki.example.com/sign?token=***\ncontent-type: application/json\nauthorization: Bearer ***\n\n{\n\t"csr": "x\\u0007"\n}',
    );
  });

  test('ends after the headers where there is no body', () => {
    assert.equal(describeRequest({ method: 'GET', url, headers: new Map() }, plain), `GET ${url.href}`);
  });

  test('shows bytes that are no text as hexadecimal', () => {
    const answer = { status: 200, headers: new Map(), url, body: Buffer.concat([Buffer.from([0x30, 0xff]), Buffer.alloc(98)]) };
    assert.equal(describeAnswer(answer, plain), `200\n\n<100 bytes: 30ff${'00'.repeat(30)}...>`);
    const short = { ...answer, body: Buffer.from([0x30, 0]) };
    assert.equal(describeAnswer(short, plain), '200\n\n<2 bytes: 3000>');
  });

  test('shows 64 KiB of a body, and no part of a secret at the cut', () => {
    const body = Buffer.from(`${'a'.repeat(65_530)}s3cr3t-value${'b'.repeat(100)}`);
    const text = describeAnswer({ status: 200, headers: new Map(), url, body }, createMask(['s3cr3t-value']));
    assert.ok(!text.includes('s3cr'));
    assert.match(text, /a\*\*\*bbb\n<cut: the body has 65642 bytes>$/);
  });
});

describe('the mask', () => {
  const secret = `p"ä/ß s+w<'&\\d`;
  const forms: readonly (readonly [string, string])[] = [
    ['as it is', secret],
    ['in JSON', JSON.stringify({ a: secret })],
    ['in JSON of ASCII', JSON.stringify(secret).replaceAll('ä', '\\u00e4').replaceAll('ß', '\\u00df').replaceAll('/', '\\/')],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams([['a', secret]]).toString()],
    ['in a query that was parsed', new URL(`https://a.example/?x=${secret.replace('&', '%26').replace('+', '%2b')}`).href],
    ['in XML', `<a>${secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')}</a>`],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in base64 that is percent-encoded', encodeURIComponent(Buffer.from(secret).toString('base64'))],
  ];
  for (const [where, text] of forms) {
    test(`finds a secret ${where}`, () => {
      const masked = createMask([secret])(text);
      assert.ok(masked.includes('***'), masked);
      assert.ok(masked.length < 20 + '<a></a>'.length + 'https://a.example/?x='.length, masked);
    });
  }

  test('finds a password in Basic authentication, wherever it begins', () => {
    for (const user of ['a', 'ab', 'abc']) {
      const masked = createMask(['correct horse battery'])(Buffer.from(`${user}:correct horse battery`).toString('base64'));
      assert.match(masked, /\*\*\*/);
      assert.ok(!/[A-Za-z0-9]{9,}/.test(masked), masked);
    }
  });

  test('finds a key in PEM by its lines too', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${`${'Ab1+'.repeat(16)}\n`.repeat(20)}-----END PRIVATE KEY-----\n`;
    const mask = createMask([key]);
    assert.equal(mask(`x${key}y`), 'x***y');
    assert.equal(mask(JSON.stringify(key)), '"***"');
    assert.equal(mask(`one line: ${'Ab1+'.repeat(16)}`), 'one line: ***');
    assert.equal(mask(Buffer.from(key).toString('base64')).replaceAll('=', ''), '***');
    assert.equal(mask('-----BEGIN PRIVATE KEY-----'), '-----BEGIN PRIVATE KEY-----');
  });

  test('masks the longer of two secrets whole, and leaves words of three letters alone', () => {
    assert.equal(createMask(['abcd', 'abcdefgh'])('abcdefgh abcd'), '*** ***');
    assert.equal(createMask(['abc', ''])('abcdef'), 'abcdef');
  });

  test('leaves nothing of any secret in what it gives', () => {
    const units = fc.constantFrom(...Array.from('abcXYZ019%+;=&<>/.*$^|([{-ä€😀\n\t'));
    const beside = fc.constantFrom('', '~', '~~');
    fc.assert(
      fc.property(fc.string({ unit: units, minLength: 4, maxLength: 60 }), beside, beside, (any, before, after) => {
        const text = `${before}${any}${after} ${encodeURIComponent(any)} ${JSON.stringify(any)}`;
        assert.equal(createMask([any])(text), `${before}***${after} *** "***"`);
      }),
    );
  });
});
