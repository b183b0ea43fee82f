import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createLiveMask, createMask } from '../../../../../src/signers/http-pki/config/mask.ts';

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

/** Each way to write a text, alone and, where `beside` says so, with bytes around it that change how it looks. */
const encodings: Readonly<Record<string, (text: string, beside: string) => string>> = {
  plain: (text) => text,
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  'JSON of ASCII': (text) =>
    Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  percent: encodeURIComponent,
  'percent in lower case': (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  form: (text) => new URLSearchParams([['', text]]).toString().slice(1),
  XML: (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  'XML by numbers': (text) => Array.from(text, (each) => `&#${each.codePointAt(0)};`).join(''),
  'XML by hexadecimal numbers': (text) => Array.from(text, (each) => `&#x${each.codePointAt(0)?.toString(16)};`).join(''),
  base64: (text, beside) => Buffer.from(`${beside}${text}${beside}`).toString('base64'),
  base64url: (text, beside) => Buffer.from(`${beside}${text}${beside}`).toString('base64url'),
  'base64 in lines': (text, beside) => Buffer.from(`${beside}${text}`).toString('base64').replaceAll(/.{16}/g, '$&\r\n'),
  'base64 of JSON': (text, beside) => Buffer.from(`${beside}${JSON.stringify(text)}`).toString('base64'),
  'base64 in a URL': (text, beside) => encodeURIComponent(Buffer.from(`${beside}${text}`).toString('base64')),
  hexadecimal: (text, beside) => Buffer.from(`${beside}${text}`).toString('hex'),
  'hexadecimal in upper case': (text, beside) => Buffer.from(`${beside}${text}`).toString('hex').toUpperCase(),
  'a form in JSON': (text) =>
    JSON.stringify(new URLSearchParams([['', text]]).toString())
      .replaceAll('+', '\\u002b')
      .slice(2, -1),
  'XML in JSON': (text) => JSON.stringify(text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')).slice(1, -1),
  'JSON in a URL': (text) => encodeURIComponent(JSON.stringify(text)),
};

describe('whatever a secret holds, its mask', () => {
  // Not the character that the mask itself writes, nor line breaks, which may stand at the end of base64 lines too.
  const secrets = fc
    .string({ unit: 'binary', minLength: 4, maxLength: 40 })
    .filter((text) => !/[*\r\n]/.test(text) && text.isWellFormed());
  const special = fc.string({ unit: fc.constantFrom(...Array.from('a1%+;=&<>"\'/\\ -n')), minLength: 4, maxLength: 20 });
  const around = fc.constantFrom('', '~', '~~', '~~~');
  for (const [name, encode] of Object.entries(encodings)) {
    test(`leaves nothing of it in ${name}`, () => {
      fc.assert(
        fc.property(fc.oneof(secrets, special), around, (secret, beside) => {
          const written = encode(secret, beside);
          const masked = createMask([secret, 'another one'])(`(${written})`);
          assert.match(masked, /^\([^*]{0,10}\*\*\*[^*]{0,10}\)$/s, `${written} became ${masked}`);
        }),
        { numRuns: 200 },
      );
    });
  }

  test('finds hexadecimal in either case', () => {
    const mask = createMask(['00deadBEEF11']);
    assert.equal(mask('00DEADBEEF11 00deadbeef11 00dEaDbeeF11'), '*** *** ***');
  });

  test('finds a secret of many lines with other line breaks, and each of its longer lines', () => {
    const mask = createMask(['first-line\r\nsecond-line-is-long\r\nthird']);
    assert.equal(mask('(first-line\nsecond-line-is-long\nthird)'), '(***)');
    assert.equal(mask('(first-line%0Asecond-line-is-long%0Athird)'), '(***)');
    assert.equal(mask('first-line | second-line-is-long | third'), 'first-line | *** | third');
  });

  test('finds nothing that is not there', () => {
    const words = 'the profile "tls%20server" &amp; C:\\new\\u12 are 50% a+b; YWJj &#x; &#xffffffff; \\ud83d %';
    assert.equal(createMask(['correct horse', 'ab-c', '-----BEGIN X-----\nabc'])(words), words);
  });
});

describe('many secrets', () => {
  const kib = 1024;
  const random = Array.from({ length: 64 }, () => randomBytes(768).toString('base64'));
  const hostile: readonly (readonly [string, readonly string[], string])[] = [
    ['that are repeated in base64', random, Buffer.from(random.join('')).toString('base64')],
    ['of one letter', Array.from({ length: 64 }, (_, at) => `${'a'.repeat(1000 + at)}b`), 'a'.repeat(64 * kib)],
    ['of escapes', Array.from({ length: 64 }, (_, at) => '%41&amp;\\n+'.repeat(90) + at), '%41&amp;\\n+'.repeat(6 * kib)],
    ['in a text of entities', random, '&#x1111;'.repeat(8 * kib)],
  ];
  for (const [name, secrets, text] of hostile) {
    test(`${name} are looked for in less than 50 ms`, () => {
      const mask = createMask(secrets);
      // Time of this thread alone, the best of some: what else the machine does is not measured.
      const times = Array.from({ length: 8 }, () => {
        const before = process.threadCpuUsage();
        mask(text.slice(0, 64 * kib));
        return process.threadCpuUsage(before).user / 1000;
      });
      assert.ok(Math.min(...times) < 50, `${times.join(' ')} ms`);
    });
  }

  const excessive: readonly (readonly [string, readonly string[]])[] = [
    ['400 of 250 characters', Array.from({ length: 400 }, () => randomBytes(125).toString('hex'))],
    ['one of a megabyte', ['x'.repeat(kib * kib)]],
    ['one of very many lines', [Array.from({ length: 9 * kib }, (_, at) => `${'x'.repeat(20)}${at}`).join('\n')]],
  ];
  for (const [name, secrets] of excessive) {
    test(`${name}: no text is shown, at once`, () => {
      const began = performance.now();
      assert.equal(createMask(secrets)('harmless words'), '…');
      assert.ok(performance.now() - began < 1000);
    });
  }

  test('of 64 KiB are found each', () => {
    const mask = createMask(random);
    for (const each of random) assert.equal(mask(`(${each})`), '(***)');
  });
});

test('a mask of secrets that change finds those that there are at the time', () => {
  let secrets = ['token-one'];
  const mask = createLiveMask(() => secrets);
  assert.equal(mask('token-one token-two'), '*** token-two');
  secrets = ['token-two', 'token-two'];
  assert.equal(mask('token-one token-two'), 'token-one ***');
  secrets.push('token-one');
  assert.equal(mask('token-one token-two'), '*** ***');
});
