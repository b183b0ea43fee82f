import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ContentInfo, id_data, id_signedData } from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';
import fc from 'fast-check';
import { readPkcs7 } from '../../../src/x509/pkcs7.ts';
import { derOf, makeCertificate, makeCrl, pkcs7Pem } from '../signers/http-pki/response/support/certificates.ts';
import { openssl } from './tools.ts';

const ec = makeCertificate('ec');
const rsa = makeCertificate('rsa', 'rsa');
const ed = makeCertificate('ed', 'ed25519');
const all = derOf(pkcs7Pem([ec.pem, rsa.pem, ed.pem]));

/** An element of DER. */
function tlv(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return new Uint8Array(Buffer.concat([Buffer.from([tag, 0x84]), length, content]));
}

/** SignedData with those certificates, and nothing else in it. */
function signedData(...certificates: readonly Uint8Array[]): Uint8Array {
  const oid = (hex: string): Uint8Array => tlv(6, Buffer.from(hex, 'hex'));
  const content = tlv(
    0x30,
    tlv(2, Buffer.of(1)),
    tlv(0x31),
    tlv(0x30, oid('2a864886f70d010701')),
    tlv(0xa0, ...certificates),
    tlv(0x31),
  );
  return tlv(0x30, oid('2a864886f70d010702'), tlv(0xa0, content));
}

function encodeContent(contentType: string, content: Uint8Array): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(new ContentInfo({ contentType, content: new Uint8Array(content).buffer })));
}

describe('readPkcs7', () => {
  const read: readonly { readonly what: string; readonly der: () => Uint8Array; readonly ders: readonly Uint8Array[] }[] = [
    { what: 'EC, RSA and Ed25519 certificates, as the bytes that they are', der: () => all, ders: [ec.der, rsa.der, ed.der] },
    { what: 'one certificate', der: () => derOf(pkcs7Pem([ed.pem])), ders: [ed.der] },
    {
      what: 'certificates beside a CRL',
      der: () => derOf(pkcs7Pem([ec.pem, rsa.pem], ['-in', 'crl.pem'], { 'crl.pem': makeCrl(rsa) })),
      ders: [ec.der, rsa.der],
    },
    { what: 'SignedData without certificates as none', der: () => signedData(), ders: [] },
    {
      what: 'bytes behind it as if they were not there',
      der: () => Buffer.concat([all, Buffer.from('\r\n')]),
      ders: [ec.der, rsa.der, ed.der],
    },
    {
      what: 'a certificate beside an attribute certificate',
      der: () => signedData(tlv(0xa2, tlv(0x30)), ec.der),
      ders: [ec.der],
    },
    {
      what: 'a hundred certificates',
      der: () => signedData(...Array.from({ length: 100 }, () => ec.der)),
      ders: Array.from({ length: 100 }, () => ec.der),
    },
  ];
  for (const { what, der, ders } of read) {
    test(`reads ${what}`, () => {
      const found = readPkcs7(der());
      assert.ok(found.ok, found.ok ? '' : found.error);
      assert.deepEqual(
        found.value.map((bytes) => Buffer.from(bytes).toString('hex')),
        ders.map((bytes) => Buffer.from(bytes).toString('hex')),
      );
    });
  }

  test('reads BER with indefinite lengths and a signature', () => {
    const files = { 'm.txt': 'hello', 'c.pem': ec.pem, 'k.pem': ec.keyPem, 'r.pem': rsa.pem };
    const args = [
      'cms',
      '-sign',
      '-in',
      'm.txt',
      '-signer',
      'c.pem',
      '-inkey',
      'k.pem',
      '-certfile',
      'r.pem',
      '-stream',
      '-nodetach',
    ];
    const ber = derOf(openssl([...args, '-outform', 'PEM'], files));
    assert.equal(Buffer.from(ber.subarray(0, 2)).toString('hex'), '3080');
    const found = readPkcs7(ber);
    assert.ok(found.ok);
    const hex = (ders: readonly Uint8Array[]): ReadonlySet<string> =>
      new Set(ders.map((der) => Buffer.from(der).toString('hex')));
    assert.deepEqual(hex(found.value), hex([ec.der, rsa.der]));
  });

  const refused: readonly { readonly what: string; readonly der: Uint8Array; readonly words: RegExp }[] = [
    { what: 'nothing', der: new Uint8Array(), words: /not PKCS #7/ },
    { what: 'a certificate', der: ec.der, words: /not PKCS #7/ },
    { what: 'content of another kind', der: encodeContent(id_data, tlv(4)), words: /not SignedData/ },
    { what: 'SignedData that is none', der: encodeContent(id_signedData, tlv(4)), words: /not PKCS #7/ },
    { what: 'a PKCS #7 that is cut', der: all.subarray(0, 900), words: /not PKCS #7/ },
    {
      what: 'more than a hundred certificates',
      der: signedData(...Array.from({ length: 101 }, () => ec.der)),
      words: /more than 100/,
    },
    { what: 'more than a megabyte', der: new Uint8Array(1024 * 1024 + 1), words: /1048577 bytes; at most 1048576/ },
  ];
  for (const { what, der, words } of refused) {
    test(`refuses ${what}`, () => {
      const found = readPkcs7(der);
      assert.ok(!found.ok);
      assert.match(found.error, words);
    });
  }

  const bombs: readonly { readonly what: string; readonly der: Uint8Array }[] = [
    { what: 'indefinite lengths, one in another', der: Buffer.from('3080'.repeat(500_000), 'hex') },
    {
      what: 'context tags of indefinite length in SignedData',
      der: Buffer.concat([Buffer.from('308006092a864886f70d010702', 'hex'), Buffer.from('a080'.repeat(300_000), 'hex')]),
    },
    {
      what: 'a megabyte of empty elements in SignedData',
      der: signedData(new Uint8Array(Buffer.from('3000'.repeat(500_000), 'hex'))),
    },
    { what: 'a megabyte of end-of-contents', der: new Uint8Array(1024 * 1024) },
    { what: 'a length of four gigabytes', der: Buffer.from('3084ffffffff06092a864886f70d010702', 'hex') },
  ];
  for (const { what, der } of bombs) {
    test(`refuses ${what} soon`, () => {
      const started = performance.now();
      assert.equal(readPkcs7(der).ok, false);
      assert.ok(performance.now() - started < 2000);
    });
  }

  test('never throws, whatever it is given', () => {
    const change = fc.record({ at: fc.nat(all.length - 1), octet: fc.nat(255), cut: fc.nat(all.length) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.uint8Array({ maxLength: 200 }), (changes, junk) => {
        const changed = new Uint8Array(all);
        for (const { at, octet } of changes) changed[at] = octet;
        readPkcs7(changed);
        readPkcs7(changed.subarray(0, changes[0]?.cut));
        readPkcs7(junk);
      }),
      { numRuns: 150 },
    );
  });
});
