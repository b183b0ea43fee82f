import { generateKeyPairSync } from 'node:crypto';
import { encodePem } from '../../../src/x509/pem.ts';
import { buildCsr, extension, hollowRsaKey, opensslCsr, p256, rsa } from '../../unit/x509/tools.ts';
import type { WantedRequest } from './requests.ts';

/** A request that can never be signed: the code its message begins with, and words of the message. */
export interface BadRequest {
  readonly what: string;
  readonly csr: string | Uint8Array;
  readonly more?: Partial<WantedRequest>;
  readonly code: string;
  readonly words: RegExp;
}

const name = 'subjectAltName = DNS:a.example.com';
const good = opensslCsr({ extensions: name });
const pem = (der: Uint8Array): string => encodePem('CERTIFICATE REQUEST', der);
const asking = (extensions: string): string => opensslCsr({ extensions: `${name}\n${extensions}` });
/** SubjectAltName with one DNS name, from the hexadecimal of its characters. */
const dnsName = (hex: string) => extension('2.5.29.17', `30${byteOf(hex.length / 2 + 2)}82${byteOf(hex.length / 2)}${hex}`);
const byteOf = (length: number): string => length.toString(16).padStart(2, '0');
const others = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spkiOf = (key: typeof others): Uint8Array => key.publicKey.export({ format: 'der', type: 'spki' });
/** That many DNS names, as a CSR. */
export const csrOfNames = (count: number): string =>
  opensslCsr({
    extensions: 'subjectAltName = @names',
    sections: `[names]\n${Array.from({ length: count }, (_, at) => `DNS.${at} = name-${at}.some-team.example.com`).join('\n')}`,
  });

function damaged(csr: string): string {
  const der = Buffer.from(csr.replaceAll(/-----[^-]+-----|\n/g, ''), 'base64');
  der[der.length - 3] = (der.at(-3) ?? 0) ^ 1;
  return pem(der);
}

export const badRequests: readonly BadRequest[] = [
  { what: 'is no PEM', csr: Buffer.from('00ff10de7f', 'hex'), code: 'CsrMalformed', words: /it is no PEM/ },
  {
    what: 'is PEM of what is not base64',
    csr: '-----BEGIN CERTIFICATE REQUEST-----\n%%%%\n-----END CERTIFICATE REQUEST-----\n',
    code: 'CsrMalformed',
    words: /base64/,
  },
  { what: 'is PEM of what is not DER', csr: pem(Buffer.from('hello')), code: 'CsrMalformed', words: /not DER|PKCS #10/ },
  { what: 'is cut off', csr: pem(buildCsr().subarray(0, 100)), code: 'CsrMalformed', words: /make the CSR anew/ },
  {
    what: 'is a private key',
    csr: p256.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    code: 'CsrMalformed',
    words: /it is a PRIVATE KEY; send a CSR/,
  },
  { what: 'comes twice', csr: good + good, code: 'CsrTrailingData', words: /send one CSR and nothing else/ },
  {
    what: 'is followed by more',
    csr: pem(Buffer.concat([buildCsr(), Buffer.alloc(3)])),
    code: 'CsrTrailingData',
    words: /3 bytes follow the end/,
  },
  { what: 'is too long a text', csr: good.padEnd(140_000, '\n'), code: 'CsrTooLarge', words: /it has 140000 characters/ },
  { what: 'has too many names', csr: csrOfNames(2500), code: 'CsrTooLarge', words: /ask for fewer names/ },
  { what: 'has a damaged signature', csr: damaged(good), code: 'CsrSignatureInvalid', words: /it was changed or damaged/ },
  {
    what: 'is signed by another key',
    csr: pem(buildCsr({ spki: spkiOf(others), extensions: [dnsName('61')] })),
    code: 'CsrSignatureInvalid',
    words: /not signed by the private key/,
  },
  {
    what: 'is signed with SHA-1',
    csr: opensslCsr({ extensions: name, options: ['-sha1'] }),
    code: 'CsrSignatureUnsupported',
    words: /sign it with SHA-256/,
  },
  {
    what: 'has an RSA key of 1024 bits',
    csr: opensslCsr({ key: ['-newkey', 'rsa:1024'], extensions: name }),
    code: 'CsrKeyTooSmall',
    words: /an RSA key of 1024 bits; make one of at least 2048 bits/,
  },
  {
    what: 'has an RSA key of 16384 bits',
    csr: pem(buildCsr({ spki: hollowRsaKey(16_384) })),
    code: 'CsrKeyTooLarge',
    words: /an RSA key of 16384 bits; make one of at most 8192 bits/,
  },
  {
    what: 'has a key on another curve',
    csr: opensslCsr({ key: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'], extensions: name }),
    code: 'CsrKeyUnsupported',
    words: /an EC key on the curve secp256k1; make an RSA, ECDSA \(P-256, P-384, P-521\) or Ed25519 key/,
  },
  { what: 'has no name', csr: pem(buildCsr()), code: 'NameMissing', words: /names nobody: set a common name or/ },
  {
    what: 'has no subject for a CA',
    csr: pem(buildCsr({ extensions: [dnsName('61')] })),
    more: { isCA: true },
    code: 'NameMissing',
    words: /a CA needs a subject/,
  },
  {
    what: 'has a name with a line break',
    csr: pem(buildCsr({ extensions: [dnsName('610a62')] })),
    code: 'CsrMalformed',
    words: /a DNS name .* has characters that are not ASCII/,
  },
  {
    what: 'has a name with a zero byte',
    csr: pem(buildCsr({ extensions: [dnsName('6100')] })),
    code: 'CsrMalformed',
    words: /a DNS name/,
  },
  {
    what: 'has the same extension twice',
    csr: pem(buildCsr({ extensions: [dnsName('61'), dnsName('62')] })),
    code: 'CsrDuplicateExtension',
    words: /each extension once/,
  },
  {
    what: 'asks for a CA, and the request does not',
    csr: asking('basicConstraints = CA:TRUE'),
    code: 'CsrDiffersFromSpec',
    words: /The CSR asks for a CA certificate .*, and spec\.isCA says false/,
  },
  {
    what: 'asks for no CA, and the request does',
    csr: asking('basicConstraints = CA:FALSE'),
    more: { isCA: true },
    code: 'CsrDiffersFromSpec',
    words: /an end-entity certificate .*, and spec\.isCA says true/,
  },
  {
    what: 'has other key usages',
    csr: asking('keyUsage = digitalSignature, keyAgreement'),
    more: { usages: ['digital signature'] },
    code: 'CsrDiffersFromSpec',
    words: /The KeyUsage extension of the CSR differs from spec\.usages/,
  },
  {
    what: 'has other extended key usages',
    csr: asking('keyUsage = digitalSignature\nextendedKeyUsage = clientAuth'),
    more: { usages: ['digital signature', 'server auth'] },
    code: 'CsrDiffersFromSpec',
    words: /The ExtendedKeyUsage extension of the CSR differs from spec\.usages/,
  },
  {
    what: 'has usages, and the request only the usual ones',
    csr: asking('extendedKeyUsage = serverAuth'),
    code: 'CsrDiffersFromSpec',
    words: /KeyUsage extension/,
  },
  ...['-1h', '0s', 'soon', `${'9'.repeat(400)}h`].map((duration): BadRequest => ({
    what: `comes with the duration ${duration.slice(0, 10)}`,
    csr: good,
    more: { duration },
    code: 'InvalidDuration',
    words: /spec\.duration is not a positive duration; write it as 2160h or 90m/,
  })),
];

/** Requests that look bad and are good. */
export const oddRequests: readonly Pick<BadRequest, 'what' | 'csr' | 'more'>[] = [
  {
    what: 'has the same extensions as the request',
    csr: asking(
      'basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = serverAuth, clientAuth',
    ),
    more: { usages: ['client auth', 'digital signature', 'server auth', 'signing'] },
  },
  {
    what: 'has the same extensions as the request for a CA',
    csr: asking('basicConstraints = critical, CA:TRUE, pathlen:0\nkeyUsage = critical, keyCertSign, cRLSign'),
    more: { usages: ['crl sign'], isCA: true },
  },
  { what: 'has 1000 names', csr: csrOfNames(1000) },
  { what: 'has a subject with a line break', csr: opensslCsr({ subject: String.raw`CN = a\nFailed: b`, extensions: name }) },
  {
    what: 'has an RSA key of another kind of signature',
    csr: opensslCsr({ key: rsa.privateKey, extensions: name, options: ['-sha512', '-sigopt', 'rsa_padding_mode:pss'] }),
  },
  { what: 'comes with a duration beyond all CAs', csr: good, more: { duration: '10000000h' } },
  { what: 'comes as DER', csr: Buffer.from(good.replaceAll(/-----[^-]+-----|\n/g, ''), 'base64') },
  { what: 'has Windows line ends and words around it', csr: `A request\r\n${good.replaceAll('\n', '\r\n')}\r\nand no more` },
];
