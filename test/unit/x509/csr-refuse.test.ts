import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { type CsrProblemCode, parseCsr } from '../../../src/x509/csr.ts';
import { buildCsr, extension, goodCsr, hollowRsaKey, openssl, opensslCsr } from './tools.ts';

const good = buildCsr({ extensions: [extension('2.5.29.17', '3003820161')] });
const rsa = ['-newkey', 'rsa:2048'];

function changed(at: number, value: number): Uint8Array {
  const copy = new Uint8Array(good);
  copy[at < 0 ? copy.length + at : at] = value;
  return copy;
}

function withSan(hexValue: string): Uint8Array {
  return buildCsr({ extensions: [extension('2.5.29.17', hexValue)] });
}

/** The point of the EC key in a form that is not 04 X Y. */
function spkiOfForm(form: 'compressed' | 'hybrid'): Uint8Array {
  const key = openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout']);
  const pem = openssl(['ec', '-in', 'key.pem', '-pubout', '-conv_form', form], { 'key.pem': key });
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
}

interface Refusal {
  readonly what: string;
  readonly input: () => string | Uint8Array;
  readonly code: CsrProblemCode;
  readonly words: RegExp;
}

const forms: readonly Refusal[] = [
  { what: 'an empty text', input: () => '', code: 'CsrMalformed', words: /no PEM; it must begin with/ },
  { what: 'no bytes', input: () => new Uint8Array(), code: 'CsrMalformed', words: /no PEM/ },
  {
    what: 'base64 without PEM lines',
    input: () => Buffer.from(good).toString('base64'),
    code: 'CsrMalformed',
    words: /no PEM/,
  },
  { what: 'PEM that is cut', input: () => goodCsr(good).pem.slice(0, 200), code: 'CsrMalformed', words: /no END line/ },
  {
    what: 'a certificate',
    input: () => goodCsr(good).pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'),
    code: 'CsrMalformed',
    words: /it is a CERTIFICATE; send a CSR/,
  },
  {
    what: 'a CSR and its private key',
    input: () => `${goodCsr(good).pem}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----`,
    code: 'CsrTrailingData',
    words: /a block PRIVATE KEY follows/,
  },
  {
    what: 'two CSRs',
    input: () => goodCsr(good).pem.repeat(2),
    code: 'CsrTrailingData',
    words: /a block CERTIFICATE REQUEST follows/,
  },
  {
    what: 'bytes behind the CSR',
    input: () => Buffer.concat([good, new Uint8Array(3)]),
    code: 'CsrTrailingData',
    words: /3 bytes follow its end/,
  },
  { what: 'DER that is cut', input: () => good.subarray(0, good.length - 1), code: 'CsrMalformed', words: /make the CSR anew/ },
  {
    what: 'DER that is too large',
    input: () => Buffer.concat([good, Buffer.alloc(65_536)]),
    code: 'CsrTooLarge',
    words: /bytes; at most 65536/,
  },
  {
    what: 'text that is too large',
    input: () => ' '.repeat(131_073),
    code: 'CsrTooLarge',
    words: /131073 characters; at most 131072/,
  },
  { what: 'an unknown version', input: () => changed(good.indexOf(2) + 2, 7), code: 'CsrMalformed', words: /version 1/ },
];

const keys: readonly Refusal[] = [
  {
    what: 'RSA of 1024 bits',
    input: () => opensslCsr({ key: ['-newkey', 'rsa:1024'] }),
    code: 'CsrKeyTooSmall',
    words: /RSA key of 1024 bits; make one of at least 2048/,
  },
  {
    what: 'RSA of 8200 bits',
    input: () => buildCsr({ spki: hollowRsaKey(8200) }),
    code: 'CsrKeyTooLarge',
    words: /RSA key of 8200 bits; make one of at most 8192/,
  },
  {
    what: 'RSA of 65536 bits',
    input: () => buildCsr({ spki: hollowRsaKey(65_536) }),
    code: 'CsrKeyTooLarge',
    words: /65536 bits/,
  },
  {
    what: 'RSA with the exponent 1',
    input: () => buildCsr({ spki: rsaWithExponent('AQ') }),
    code: 'CsrKeyUnsupported',
    words: /public exponent/,
  },
  {
    what: 'RSA with a huge exponent',
    input: () => buildCsr({ spki: rsaWithExponent(Buffer.alloc(200, 1).toString('base64url')) }),
    code: 'CsrKeyUnsupported',
    words: /public exponent/,
  },
  {
    what: 'a key for RSASSA-PSS alone',
    input: () => opensslCsr({ key: ['-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'] }),
    code: 'CsrKeyUnsupported',
    words: /type rsa-pss; make an RSA, ECDSA/,
  },
  {
    what: 'the curve secp256k1',
    input: () => opensslCsr({ key: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'] }),
    code: 'CsrKeyUnsupported',
    words: /curve secp256k1/,
  },
  { what: 'Ed448', input: () => opensslCsr({ key: ['-newkey', 'ed448'] }), code: 'CsrKeyUnsupported', words: /type ed448/ },
  {
    what: 'a curve spelt out',
    input: () =>
      opensslCsr({ key: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'] }),
    code: 'CsrMalformed',
    words: /named curve/,
  },
  {
    what: 'a compressed point',
    input: () => buildCsr({ spki: spkiOfForm('compressed') }),
    code: 'CsrMalformed',
    words: /uncompressed point/,
  },
  {
    what: 'a hybrid point',
    input: () => buildCsr({ spki: spkiOfForm('hybrid') }),
    code: 'CsrMalformed',
    words: /uncompressed point/,
  },
  {
    what: 'a point that is on no curve',
    input: () => changed(good.indexOf(0x03, 60) + 20, 0xff),
    code: 'CsrKeyUnsupported',
    words: /cannot be read/,
  },
];

const signatures: readonly Refusal[] = [
  {
    what: 'a signature that was changed',
    input: () => changed(-1, (good.at(-1) ?? 0) ^ 1),
    code: 'CsrSignatureInvalid',
    words: /not signed by the private key/,
  },
  {
    what: 'a name that was changed after signing',
    input: () => tampered(),
    code: 'CsrSignatureInvalid',
    words: /changed or damaged/,
  },
  {
    what: 'the signature of another key',
    input: () =>
      buildCsr({ spki: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' }) }),
    code: 'CsrSignatureInvalid',
    words: /not signed/,
  },
  {
    what: 'SHA-1 with RSA',
    input: () => opensslCsr({ key: rsa, options: ['-sha1'] }),
    code: 'CsrSignatureUnsupported',
    words: /sign it with SHA-256/,
  },
  {
    what: 'SHA-1 with ECDSA',
    input: () => buildCsr({ hash: 'sha1', algorithm: new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.1' }) }),
    code: 'CsrSignatureUnsupported',
    words: /SHA-256/,
  },
  { what: 'MD5', input: () => opensslCsr({ key: rsa, options: ['-md5'] }), code: 'CsrSignatureUnsupported', words: /SHA-256/ },
  {
    what: 'RSASSA-PSS with SHA-1',
    input: () => opensslCsr({ key: rsa, options: ['-sha1', '-sigopt', 'rsa_padding_mode:pss'] }),
    code: 'CsrSignatureUnsupported',
    words: /SHA-256/,
  },
  {
    what: 'RSASSA-PSS with two hashes',
    input: () =>
      opensslCsr({ key: rsa, options: ['-sha256', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_mgf1_md:sha512'] }),
    code: 'CsrSignatureUnsupported',
    words: /SHA-256/,
  },
  {
    what: 'RSASSA-PSS without parameters',
    input: () => buildCsr({ algorithm: new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.10' }) }),
    code: 'CsrMalformed',
    words: /parameters of RSASSA-PSS/,
  },
  {
    what: 'an RSA algorithm on an EC key',
    input: () => buildCsr({ algorithm: new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null }) }),
    code: 'CsrMalformed',
    words: /signature is of the kind rsa, its key of the kind ec/,
  },
];

const san = extension('2.5.29.17', '3003820161');
const extensions: readonly Refusal[] = [
  {
    what: 'an extension twice',
    input: () => buildCsr({ extensions: [san, san] }),
    code: 'CsrDuplicateExtension',
    words: /extension 2\.5\.29\.17 is there twice/,
  },
  {
    what: 'two extension requests',
    input: () => buildCsr({ extensions: [san], moreRequests: 1 }),
    code: 'CsrDuplicateExtension',
    words: /request is there twice/,
  },
  {
    what: 'a SAN with letters beyond ASCII',
    input: () => withSan('30048202c3a9'),
    code: 'CsrMalformed',
    words: /DNS name .* xn--/,
  },
  {
    what: 'a SAN with a NUL',
    input: () => withSan('30048202610000'),
    code: 'CsrMalformed',
    words: /SubjectAltName|follow|DNS name/,
  },
  { what: 'an empty DNS name', input: () => withSan('30028200'), code: 'CsrMalformed', words: /DNS name .* is empty/ },
  {
    what: 'an IP address of 5 bytes',
    input: () => withSan('300787050a00000100'),
    code: 'CsrMalformed',
    words: /neither 4 nor 16 bytes/,
  },
  { what: 'a SAN of no type', input: () => withSan('30038c0161'), code: 'CsrMalformed', words: /no known type/ },
  { what: 'a SAN that is no sequence', input: () => withSan('0403820161'), code: 'CsrMalformed', words: /SubjectAltName/ },
  { what: 'an otherName without value', input: () => withSan('3006a00406022a03'), code: 'CsrMalformed', words: /otherName/ },
  {
    what: 'a negative path length',
    input: () => buildCsr({ extensions: [extension('2.5.29.19', '30060101ff0201ff')] }),
    code: 'CsrMalformed',
    words: /path length is out of range/,
  },
  {
    what: 'a CA flag that is neither true nor false',
    input: () => buildCsr({ extensions: [extension('2.5.29.19', '3003010101')] }),
    code: 'CsrMalformed',
    words: /CA flag/,
  },
  {
    what: 'key usage that is no bit string',
    input: () => buildCsr({ extensions: [extension('2.5.29.15', '040205a0')] }),
    code: 'CsrMalformed',
    words: /KeyUsage/,
  },
  {
    what: 'bytes behind an extension',
    input: () => buildCsr({ extensions: [extension('2.5.29.15', '030205a000')] }),
    code: 'CsrTrailingData',
    words: /1 bytes follow/,
  },
  {
    what: 'name constraints that are no sequence',
    input: () => buildCsr({ extensions: [extension('2.5.29.30', '0500')] }),
    code: 'CsrMalformed',
    words: /NameConstraints/,
  },
  { what: '6000 names', input: () => withSan(`30823a98${'820161'.repeat(5000)}`), code: 'CsrMalformed', words: /node count/ },
];

function rsaWithExponent(exponent: string): Uint8Array {
  const pem = openssl(['asn1parse', '-genconf', 'c', '-out', 'spki.der', '-i'], {
    c: `asn1=SEQUENCE:spki\n[spki]\nalg=SEQUENCE:alg\nkey=BITWRAP,SEQUENCE:key\n[alg]\noid=OID:rsaEncryption\nnull=NULL\n[key]\nn=INTEGER:0x${'c5'.repeat(256)}\ne=INTEGER:0x${Buffer.from(exponent, 'base64url').toString('hex')}`,
  });
  return Buffer.from(pem);
}

function tampered(): Uint8Array {
  const copy = new Uint8Array(good);
  copy[Buffer.from(good).indexOf(Buffer.from('820161', 'hex')) + 2] = 0x62;
  return copy;
}

describe('parseCsr refuses', () => {
  for (const { what, input, code, words } of [...forms, ...keys, ...signatures, ...extensions]) {
    test(what, () => {
      const parsed = parseCsr(input());
      assert.ok(!parsed.ok);
      assert.equal(parsed.error.code, code, parsed.error.message);
      assert.match(parsed.error.message, words);
      assert.match(parsed.error.message, /^The CSR is refused: .*[^.]\.$/);
    });
  }
});
