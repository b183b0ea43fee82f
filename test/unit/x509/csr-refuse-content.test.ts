import { describe } from 'node:test';
import { buildCsr, extension, hollowRsaKey, openssl, opensslCsr, p256, p256Key, testRefusals } from './tools.ts';

/** The SubjectPublicKeyInfo of an EC key whose point is not written as 04 X Y. */
function spkiOfForm(form: 'compressed' | 'hybrid'): Uint8Array {
  const key = openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout']);
  const pem = openssl(['ec', '-in', 'key.pem', '-pubout', '-conv_form', form], { 'key.pem': key });
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
}

function spkiOffTheCurve(): Uint8Array {
  const spki = p256.publicKey.export({ format: 'der', type: 'spki' });
  spki[spki.length - 1] = (spki.at(-1) ?? 0) ^ 1;
  return spki;
}

function withSan(hexValue: string): Uint8Array {
  return buildCsr({ extensions: [extension('2.5.29.17', hexValue)] });
}

function withExtension(oid: string, hexValue: string): Uint8Array {
  return buildCsr({ extensions: [extension(oid, hexValue)] });
}

const san = extension('2.5.29.17', '3003820161');

describe('parseCsr refuses keys:', () => {
  testRefusals([
    {
      what: 'RSA of 1024 bits',
      input: () => opensslCsr({ key: ['-newkey', 'rsa:1024'] }),
      code: 'CsrKeyTooSmall',
      words: /holds an RSA key of 1024 bits; make one of at least 2048/,
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
      words: /65536/,
    },
    {
      what: 'RSA with the exponent 1',
      input: () => buildCsr({ spki: hollowRsaKey(2048, 'AQ') }),
      code: 'CsrKeyUnsupported',
      words: /public exponent/,
    },
    {
      what: 'RSA with a huge exponent, which takes long to verify',
      input: () => buildCsr({ spki: hollowRsaKey(2048, Buffer.alloc(200, 1).toString('base64url')) }),
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
      input: () => opensslCsr({ key: [...p256Key, '-pkeyopt', 'ec_param_enc:explicit'] }),
      code: 'CsrMalformed',
      words: /named curve/,
    },
    {
      what: 'a compressed point',
      input: () => buildCsr({ spki: spkiOfForm('compressed') }),
      code: 'CsrMalformed',
      words: /point/,
    },
    { what: 'a hybrid point', input: () => buildCsr({ spki: spkiOfForm('hybrid') }), code: 'CsrMalformed', words: /point/ },
    {
      what: 'a point off the curve',
      input: () => buildCsr({ spki: spkiOffTheCurve() }),
      code: 'CsrKeyUnsupported',
      words: /cannot be read/,
    },
  ]);
});

describe('parseCsr refuses extensions:', () => {
  testRefusals([
    {
      what: 'one of them twice',
      input: () => buildCsr({ extensions: [san, san] }),
      code: 'CsrDuplicateExtension',
      words: /extension 2\.5\.29\.17 is there twice/,
    },
    {
      what: 'requested twice',
      input: () => buildCsr({ extensions: [san], moreRequests: 1 }),
      code: 'CsrDuplicateExtension',
      words: /request is there twice/,
    },
    { what: 'a DNS name beyond ASCII', input: () => withSan('30048202c3a9'), code: 'CsrMalformed', words: /DNS name .* xn--/ },
    { what: 'a DNS name with a NUL', input: () => withSan('3005820361002e'), code: 'CsrMalformed', words: /DNS name/ },
    { what: 'alternative names without any', input: () => withSan('3000'), code: 'CsrMalformed', words: /holds no name/ },
    { what: 'an empty DNS name', input: () => withSan('30028200'), code: 'CsrMalformed', words: /DNS name .* is empty/ },
    { what: 'an IP address of 5 bytes', input: () => withSan('300787050a00000100'), code: 'CsrMalformed', words: /4 nor 16/ },
    { what: 'a name of no type', input: () => withSan('30038c0161'), code: 'CsrMalformed', words: /no known type/ },
    { what: 'names that are no sequence', input: () => withSan('0403820161'), code: 'CsrMalformed', words: /SubjectAltName/ },
    { what: 'an otherName without value', input: () => withSan('3006a00406022a03'), code: 'CsrMalformed', words: /otherName/ },
    {
      what: 'a negative path length',
      input: () => withExtension('2.5.29.19', '30060101ff0201ff'),
      code: 'CsrMalformed',
      words: /path length is out of range/,
    },
    {
      what: 'a CA flag that is neither true nor false',
      input: () => withExtension('2.5.29.19', '3003010101'),
      code: 'CsrMalformed',
      words: /CA flag/,
    },
    {
      what: 'key usage that is no bit string',
      input: () => withExtension('2.5.29.15', '040205a0'),
      code: 'CsrMalformed',
      words: /KeyUsage/,
    },
    {
      what: 'bytes behind a value',
      input: () => withExtension('2.5.29.15', '030205a000'),
      code: 'CsrMalformed',
      words: /1 bytes follow the end of the KeyUsage extension/,
    },
    {
      what: 'name constraints that are no sequence',
      input: () => withExtension('2.5.29.30', '0500'),
      code: 'CsrMalformed',
      words: /NameConstraints/,
    },
    {
      what: '6000 names',
      input: () => withSan(`30824650${'820161'.repeat(6000)}`),
      code: 'CsrMalformed',
      words: /maximum .*node count/i,
    },
  ]);
});
