import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Asn1Node, decodeDer } from '../../../src/x509/asn1.ts';
import type { Csr } from '../../../src/x509/csr.ts';
import { derTags, writeDer } from '../../../src/x509/der-write.ts';
import { encodeName, encodeRdns } from '../../../src/x509/encode-name.ts';
import { parseSubject } from '../../../src/x509/distinguished-name.ts';
import { attributeOid, formatName, type Name, readName } from '../../../src/x509/name.ts';
import { caKeyPair } from './key-tools.ts';
import { goodCsr, openssl } from './tools.ts';

function parsed(text: string): Name {
  const der = parseSubject(text);
  if (!der.ok) throw new Error(`${text}: ${der.error}`);
  return readName(decodeDer(der.value, 'it'), 'it');
}

const keyPem = caKeyPair('P-256').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

/** A CSR whose subject openssl wrote. */
function opensslRequest(subject: string): Csr {
  const pem = openssl(['req', '-new', '-key', 'k', '-utf8', '-subj', subject], { k: keyPem });
  return goodCsr(pem);
}

describe('parseSubject reads', () => {
  const cases: readonly (readonly [text: string, rfc4514: string])[] = [
    ['CN=Example Root CA', 'CN=Example Root CA'],
    [String.raw`CN=Example Root CA,O=Example\, Inc.,C=DE`, String.raw`CN=Example Root CA,O=Example\, Inc.,C=DE`],
    ['/C=DE/O=Example/CN=Root', 'CN=Root,O=Example,C=DE'],
    ['  CN = Root ,  O = Example  ', 'CN=Root,O=Example'],
    ['cn=Root,o=Example,EMAILADDRESS=ca@example.com', 'CN=Root,O=Example,emailAddress=ca@example.com'],
    [
      'serialNumber=12-A,UID=ca1,STREET=Main St 1,L=Ulm,ST=BW,DC=example,DC=com',
      'serialNumber=12-A,UID=ca1,STREET=Main St 1,L=Ulm,ST=BW,DC=example,DC=com',
    ],
    ['CN=Root+OU=PKI,O=Example', 'OU=PKI+CN=Root,O=Example'],
    ['OU=PKI+CN=Root,O=Example', 'OU=PKI+CN=Root,O=Example'],
    [String.raw`CN=\ a\ ,O=\#1`, String.raw`CN=\ a\ ,O=\#1`],
    [String.raw`CN=a\+b\;c\<d\>e\\f\=g\"h`, String.raw`CN=a\+b\;c\<d\>e\\f=g\"h`],
    [String.raw`CN=Lu\C4\8Di\C4\87`, 'CN=Lučić'],
    ['CN=a=b,O=x', 'CN=a=b,O=x'],
    ['CN=日本 𝔘', 'CN=日本 𝔘'],
    [String.raw`/O=a\/b/CN=c\+d\\e, f"`, String.raw`CN=c\+d\\e\, f\",O=a/b`],
    ['/CN=a+OU=b', 'CN=a+OU=b'],
    ['CN=https://ca.example/x', 'CN=https://ca.example/x'],
  ];
  for (const [text, rfc4514] of cases) {
    test(text, () => assert.equal(formatName(parsed(text)), rfc4514));
  }

  test('each attribute as the string type that X.520 and RFC 5280 give it', () => {
    const text = 'CN=a,O=a,OU=a,C=DE,ST=a,L=a,STREET=a,DC=a,UID=a,emailAddress=a@b,serialNumber=1';
    const tags = parsed(text).rdns.flatMap((rdn) => rdn.map(({ oid, der }) => [oid, der[0]] as const));
    const odd = new Map([
      ['C', 0x13],
      ['serialNumber', 0x13],
      ['DC', 0x16],
      ['emailAddress', 0x16],
    ]);
    const oids = new Map([...odd].map(([type, tag]) => [attributeOid(type), tag]));
    assert.equal(tags.length, 11);
    for (const [oid, tag] of tags) assert.equal(tag, oids.get(oid) ?? 0x0c, oid);
  });

  test('values up to their bound, in characters', () => {
    for (const [type, most] of [
      ['CN', 64],
      ['O', 64],
      ['L', 128],
    ] as const) {
      assert.equal(parseSubject(`${type}=${'𝔘'.repeat(most)}`).ok, true);
      const long = parseSubject(`${type}=${'𝔘'.repeat(most + 1)}`);
      assert.ok(!long.ok);
      assert.equal(long.error, `the value of ${type} has ${most + 1} characters; write at most ${most}`);
    }
  });
});

describe('the slash form gives the name openssl req -subj gives', () => {
  for (const text of [
    '/C=DE/O=Example/CN=Root',
    '/DC=com/DC=example/OU=PKI/CN=Root CA G1',
    '/C=DE/ST=BW/L=Ulm/O=Söhne & Co/CN=Root/emailAddress=ca@example.com',
    String.raw`/O=a\/b/CN=c\+d\\e, f=g`,
    '/O=Example/CN=Root+OU=PKI',
    '/serialNumber=12/UID=ca1/CN=x',
  ]) {
    test(text, () => assert.deepEqual(Buffer.from(parsed(text).der), Buffer.from(opensslRequest(text).subject.der)));
  }
});

test('openssl renders the name in RFC 2253 as it was written', () => {
  for (const text of [
    'CN=Example Root CA,O=Example\\, Inc.,C=DE',
    'emailAddress=a@b.example,CN=x\\+y,OU=\\#1,DC=example,DC=com',
    'CN=Root+OU=PKI,O=Söhne \\<\\>',
  ]) {
    const csr = withSubject(opensslRequest('/CN=x').der, parsed(text).der);
    const options = ['-noout', '-subject', '-nameopt', 'RFC2253,-esc_msb,utf8'];
    assert.equal(openssl(['req', '-inform', 'DER', '-in', 'csr', ...options], { csr }).trim(), `subject=${text}`);
  }
});

/** Puts another name into a CSR; its signature no longer fits, which showing it does not mind. */
function withSubject(csr: Uint8Array, subject: Uint8Array): Uint8Array {
  const [info, algorithm, signature] = decodeDer(csr, 'it').children;
  const [version, , key, attributes] = info?.children ?? [];
  const ders = (...nodes: readonly (Asn1Node | undefined)[]): readonly Uint8Array[] =>
    nodes.map((node) => node?.der ?? new Uint8Array());
  const newInfo = writeDer(derTags.sequence, ...ders(version), subject, ...ders(key, attributes));
  return writeDer(derTags.sequence, newInfo, ...ders(algorithm, signature));
}

describe('parseSubject refuses', () => {
  const cases: readonly (readonly [text: string, words: RegExp])[] = [
    ['', /^it is empty; write a name such as CN=Example Root CA,O=Example,C=DE$/],
    ['   ', /is empty/],
    ['/', /nothing between two separators, or after the last; write TYPE=value/],
    ['CN=a,', /nothing between two separators/],
    ['/CN=a/', /nothing between two separators/],
    ['CN=a,,O=b', /nothing between two separators/],
    ['Example Root CA', /^"Example Root CA" has no "="; write TYPE=value, and a "," or "\+"/],
    ['CN=a,Inc.', /"Inc\." has no "="; .*backslash before it$/],
    ['/O=a/b', /"b" has no "="; write TYPE=value, and a "\/"/],
    ['CN=', /^the value of CN is empty; write one, or leave CN out$/],
    ['CN=  ,O=x', /the value of CN is empty/],
    ['X=1', /^attribute "X" is not known; write one of CN, O, OU, C, ST, L, STREET, DC, UID, emailAddress, serialNumber$/],
    ['__proto__=1', /attribute "__proto__" is not known/],
    ['=x', /attribute "" is not known/],
    ['C=Germany', /^the value of C is "Germany"; write the two capital letters of ISO 3166, such as DE$/],
    ['C=de', /two capital letters/],
    ['DC=bücher', /the value of DC is "bücher"; write it in ASCII/],
    ['emailAddress=ä@b', /emailAddress .* ASCII/],
    ['serialNumber=a_b', /serialNumber is "a_b"; write it with letters, digits/],
    [`CN=${'x'.repeat(65)}`, /the value of CN has 65 characters; write at most 64/],
    [`CN=${'x'.repeat(510)}`, /^it has 513 characters; write at most 512$/],
    ['CN="a"', /the value of CN has a """ that RFC 4514 wants escaped; write "\\""/],
    ['CN=a;O=b', /has a ";" that RFC 4514 wants escaped; write "\\;"/],
    ['CN=#0c0161', /has a "#" .*write "\\#"/],
    ['CN=a\\', /ends in a backslash; write "\\\\" for one/],
    [String.raw`CN=a\zb`, /a backslash where none is needed/],
    [String.raw`CN=a\ff`, /octets in hexadecimal that are not UTF-8/],
    [String.raw`/CN=a\nb`, /has a backslash before "n"; write "\\\\" for a backslash, and "n" as it is/],
    ['CN=a\u0000b', /the value of CN holds a control character; remove it/],
    [String.raw`CN=a\0ab`, /control character/],
    ['CN=a\nb', /control character/],
    ['CN=\ud800', /not valid Unicode/],
    ['CN=a+CN=b', /"CN=a\+CN=b" joins two attributes of one type/],
    ['evil\u001b[2J\u202e', /^"evil\?\[2J\?" has no "="/],
  ];
  for (const [text, words] of cases) {
    test(JSON.stringify(text).slice(0, 60), () => {
      const der = parseSubject(text);
      assert.ok(!der.ok);
      assert.match(der.error, words);
    });
  }
});

const types = ['CN', 'O', 'OU', 'ST', 'L', 'STREET', 'UID'] as const;
const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
const rdn = fc.uniqueArray(fc.tuple(fc.constantFrom(...types), value), {
  minLength: 1,
  maxLength: 2,
  selector: ([type]) => type,
});
const names = fc.array(rdn, { minLength: 1, maxLength: 3 });

describe('whatever the values are', () => {
  test('formatName and parseSubject are each other’s inverse', () => {
    const property = fc.property(names, (rdns) => {
      const der = encodeRdns(rdns.map((each) => each.map(([type, text]) => ({ oid: attributeOid(type) ?? '', value: text }))));
      const text = formatName(readName(decodeDer(der, 'it'), 'it'));
      fc.pre(text.length <= 500);
      assert.equal(Buffer.from(parsed(text).der).toString('hex'), Buffer.from(der).toString('hex'), text);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('the slash form takes them with a backslash before each separator', () => {
    const property = fc.property(names, (rdns) => {
      const escape = (text: string): string => text.replaceAll(/[/+\\]|^ | $/g, String.raw`\$&`);
      const text = rdns.map((each) => `/${each.map(([type, one]) => `${type}=${escape(one)}`).join('+')}`).join('');
      const read = parsed(text).rdns.map((each) => each.map((one) => one.value).toSorted());
      assert.deepEqual(
        read,
        rdns.map((each) => each.map(([, one]) => one).toSorted()),
        text,
      );
    });
    fc.assert(property, { numRuns: 300 });
  });

  test('any text at all is read or refused', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => typeof parseSubject(text).ok === 'boolean'));
    const pieces = fc.constantFrom('CN', '=', ',', '/', '+', '\\', '\\2', '#', ' ', 'é', 'C=DE', '"');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => typeof parseSubject(parts.join('')).ok === 'boolean'),
    );
  });
});

test('encodeName writes organization, then common name', () => {
  const name = readName(decodeDer(encodeName({ commonName: 'Root, 1', organization: 'Söhne' }), 'it'), 'it');
  assert.equal(formatName(name), String.raw`CN=Root\, 1,O=Söhne`);
  assert.equal(formatName(readName(decodeDer(encodeName({ commonName: 'Root' }), 'it'), 'it')), 'CN=Root');
});
