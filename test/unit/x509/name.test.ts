import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from '@peculiar/asn1-x509';
import { decodeDer } from '../../../src/x509/asn1.ts';
import { attributeValues, commonName, formatName, isEmptyName, readName } from '../../../src/x509/name.ts';

const cn = '2.5.4.3';

type Values = ConstructorParameters<typeof AttributeValue>[0];

function nameOf(...rdns: readonly (readonly (readonly [string, Values])[])[]): ReturnType<typeof readName> {
  const sets = rdns.map(
    (attributes) =>
      new RelativeDistinguishedName(
        attributes.map(([type, value]) => new AttributeTypeAndValue({ type, value: new AttributeValue(value ?? {}) })),
      ),
  );
  return readName(decodeDer(new Uint8Array(AsnConvert.serialize(new Name(sets))), 'it'), 'it');
}

describe('formatName writes as RFC 4514 does', () => {
  const values: readonly { readonly what: string; readonly value: string; readonly text: string }[] = [
    { what: 'plain text', value: 'James "Jim" Smith, III', text: 'James \\"Jim\\" Smith\\, III' },
    { what: 'all special characters', value: 'a+b;c<d>e\\f=g', text: 'a\\+b\\;c\\<d\\>e\\\\f=g' },
    { what: 'spaces at the ends', value: '  x  ', text: '\\  x \\ ' },
    { what: 'a single space', value: ' ', text: '\\ ' },
    { what: 'a backslash before a space at the end', value: 'x\\ ', text: 'x\\\\\\ ' },
    { what: 'a number sign', value: '#1#', text: '\\#1#' },
    { what: 'letters beyond ASCII', value: 'Lučić 日本', text: 'Lučić 日本' },
    { what: 'line breaks and control characters', value: 'a\r\nb\u0000\u001b[0m', text: 'a\\0d\\0ab\\00\\1b[0m' },
    { what: 'marks that turn the direction of text', value: 'a\u202eb', text: 'a\\e2\\80\\aeb' },
  ];
  for (const { what, value, text } of values) {
    test(what, () => {
      assert.equal(formatName(nameOf([[cn, { utf8String: value }]])), `CN=${text}`);
    });
  }

  test('the last RDN first, and the attributes of one RDN joined by a plus', () => {
    const name = nameOf(
      [['2.5.4.6', { printableString: 'DE' }]],
      [
        ['2.5.4.10', { utf8String: 'O' }],
        [cn, { utf8String: 'x' }],
      ],
    );
    assert.equal(formatName(name), 'O=O+CN=x,C=DE');
  });

  test('each kind of string', () => {
    for (const kind of [
      'utf8String',
      'printableString',
      'teletexString',
      'bmpString',
      'ia5String',
      'universalString',
    ] as const) {
      const expected = kind === 'universalString' ? /^CN=#1c/ : /^CN=text$/;
      assert.match(formatName(nameOf([[cn, { [kind]: 'text' }]])), expected);
    }
  });

  test('unknown types, and values that are no text, in hexadecimal', () => {
    assert.equal(formatName(nameOf([['1.2.3.4', { utf8String: 'x' }]])), '1.2.3.4=#0c0178');
    const broken = Buffer.from('300f310d300b06035504030c04ffc3a9ff', 'hex');
    assert.equal(formatName(readName(decodeDer(broken, 'it'), 'it')), 'CN=#0c04ffc3a9ff');
  });

  test('no more than is wanted', () => {
    const name = nameOf(...Array.from({ length: 100 }, () => [[cn, { utf8String: 'x'.repeat(50) }]] as const));
    assert.equal(formatName(name, 80).length, 81);
    assert.ok(formatName(name).length <= 501);
  });

  test('no half of a character where it is cut', () => {
    for (let letters = 0; letters < 4; letters += 1) {
      const text = formatName(nameOf([[cn, { utf8String: `${'a'.repeat(letters)}${'😀'.repeat(30)}` }]]), 40);
      assert.ok(text.isWellFormed() && text.endsWith('😀…'), text);
      assert.ok(text.length === 40 || text.length === 41);
    }
  });

  test('nothing for the empty name', () => {
    assert.equal(formatName(nameOf()), '');
    assert.equal(isEmptyName(nameOf()), true);
  });
});

test('commonName is the first one, in whatever RDN it is', () => {
  assert.equal(
    commonName(
      nameOf(
        [['2.5.4.10', { utf8String: 'O' }]],
        [
          ['2.5.4.11', { utf8String: 'U' }],
          [cn, { utf8String: 'a' }],
        ],
        [[cn, { utf8String: 'b' }]],
      ),
    ),
    'a',
  );
  assert.equal(commonName(nameOf([['2.5.4.10', { utf8String: 'O' }]])), undefined);
});

describe('attributeValues', () => {
  const o = '2.5.4.10';
  const encodings: readonly Values[] = [
    { utf8String: 'system:masters' },
    { printableString: 'system:masters' },
    { teletexString: 'system:masters' },
    { bmpString: 'system:masters' },
    // Go leaves the terminator out when it reads a certificate.
    { bmpString: 'system:masters\0' },
  ];
  for (const value of encodings) {
    test(`finds an organization in each RDN, written as ${JSON.stringify(value)}`, () => {
      const name = nameOf(
        [[o, { utf8String: 'a' }]],
        [
          [cn, { utf8String: 'jane' }],
          [o, value],
        ],
      );
      assert.deepEqual(attributeValues(name, 'O'), ['a', 'system:masters']);
    });
  }
});
