import { generateKeyPairSync } from 'node:crypto';
import { describe } from 'node:test';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { buildCsr, extension, goodCsr, opensslCsr, rsa, testRefusals } from './tools.ts';

const good = Buffer.from(buildCsr({ extensions: [extension('2.5.29.17', '3003820161')] }));
const pem = goodCsr(good).pem;

/** The good CSR with one byte changed, at a place from the start or, below 0, from the end. */
function changed(at: number, value: number): Uint8Array {
  const copy = Buffer.from(good);
  copy[at < 0 ? copy.length + at : at] = value;
  return copy;
}

function ecSpki(): Uint8Array {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' });
}

function signedAs(algorithm: string, parameters?: null): Uint8Array {
  return buildCsr({ algorithm: new AlgorithmIdentifier(parameters === undefined ? { algorithm } : { algorithm, parameters }) });
}

describe('parseCsr refuses what is no single CSR:', () => {
  testRefusals([
    { what: 'an empty text', input: () => '', code: 'CsrMalformed', words: /no PEM; it must begin with/ },
    { what: 'no bytes', input: () => new Uint8Array(), code: 'CsrMalformed', words: /no PEM/ },
    { what: 'base64 without PEM lines', input: () => good.toString('base64'), code: 'CsrMalformed', words: /no PEM/ },
    { what: 'PEM that is cut', input: () => pem.slice(0, 200), code: 'CsrMalformed', words: /no END line/ },
    {
      what: 'a certificate',
      input: () => pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'),
      code: 'CsrMalformed',
      words: /it is a CERTIFICATE; send a CSR/,
    },
    {
      what: 'a CSR and its private key',
      input: () => `${pem}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----`,
      code: 'CsrTrailingData',
      words: /a block PRIVATE KEY follows/,
    },
    { what: 'two CSRs', input: () => pem.repeat(2), code: 'CsrTrailingData', words: /a block CERTIFICATE REQUEST follows/ },
    {
      what: 'bytes behind the CSR',
      input: () => Buffer.concat([good, Buffer.alloc(3)]),
      code: 'CsrTrailingData',
      words: /3 bytes follow the end of the CSR/,
    },
    { what: 'DER that is cut', input: () => good.subarray(0, -1), code: 'CsrMalformed', words: /make the CSR anew/ },
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
      words: /131073 characters; at most/,
    },
    { what: 'an unknown version', input: () => changed(good.indexOf(2) + 2, 7), code: 'CsrMalformed', words: /version 1/ },
  ]);
});

describe('parseCsr refuses signatures:', () => {
  testRefusals([
    {
      what: 'one that was changed',
      input: () => changed(-1, (good.at(-1) ?? 0) ^ 1),
      code: 'CsrSignatureInvalid',
      words: /not signed by the private key/,
    },
    {
      what: 'over a name that was changed since',
      input: () => changed(good.indexOf(Buffer.from('820161', 'hex')) + 2, 0x62),
      code: 'CsrSignatureInvalid',
      words: /changed or damaged/,
    },
    { what: 'of another key', input: () => buildCsr({ spki: ecSpki() }), code: 'CsrSignatureInvalid', words: /not signed/ },
    {
      what: 'SHA-1 with RSA',
      input: () => opensslCsr({ key: rsa.privateKey, options: ['-sha1'] }),
      code: 'CsrSignatureUnsupported',
      words: /sign it with SHA-256/,
    },
    {
      what: 'SHA-1 with ECDSA',
      input: () => signedAs('1.2.840.10045.4.1'),
      code: 'CsrSignatureUnsupported',
      words: /SHA-256/,
    },
    {
      what: 'MD5',
      input: () => opensslCsr({ key: rsa.privateKey, options: ['-md5'] }),
      code: 'CsrSignatureUnsupported',
      words: /SHA-256/,
    },
    {
      what: 'RSASSA-PSS with SHA-1',
      input: () => opensslCsr({ key: rsa.privateKey, options: ['-sha1', '-sigopt', 'rsa_padding_mode:pss'] }),
      code: 'CsrSignatureUnsupported',
      words: /SHA-256/,
    },
    {
      what: 'RSASSA-PSS with two hashes',
      input: () =>
        opensslCsr({
          key: rsa.privateKey,
          options: ['-sha256', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_mgf1_md:sha512'],
        }),
      code: 'CsrSignatureUnsupported',
      words: /SHA-256/,
    },
    {
      what: 'RSASSA-PSS without parameters',
      input: () => signedAs('1.2.840.113549.1.1.10'),
      code: 'CsrMalformed',
      words: /parameters of RSASSA-PSS/,
    },
    {
      what: 'of an RSA algorithm by an EC key',
      input: () => signedAs('1.2.840.113549.1.1.11', null),
      code: 'CsrMalformed',
      words: /signature is of the kind rsa, its key of the kind ec/,
    },
  ]);
});
