/** A key of a Certificate, the CA that signs it, and what openssl prints of both. */
export interface KeyCase {
  readonly name: string;
  /** In words: `RSA 2048`. */
  readonly key: string;
  readonly caKey: string;
  readonly privateKey: { readonly algorithm: string; readonly size?: number };
  readonly mockCa: { readonly keyAlgorithm: string; readonly keySize?: number };
  readonly publicKeyText: RegExp;
  readonly caKeyText: RegExp;
  readonly namespaced: boolean;
}

const keys: readonly (readonly [algorithm: string, size: number | undefined, text: RegExp])[] = [
  ['RSA', 2048, /Public-Key: \(2048 bit\)/],
  ['ECDSA', 256, /NIST CURVE: P-256/],
  ['RSA', 3072, /Public-Key: \(3072 bit\)/],
  ['ECDSA', 384, /NIST CURVE: P-384/],
  ['RSA', 4096, /Public-Key: \(4096 bit\)/],
  ['ECDSA', 521, /NIST CURVE: P-521/],
  ['Ed25519', undefined, /Public Key Algorithm: ED25519/],
];

/** Every kind of key once, and every kind of CA key once, both issuer kinds in turn; no key has a CA of its own kind. */
export const keyCases: readonly KeyCase[] = keys.map(([algorithm, size, publicKeyText], at) => {
  const [keyAlgorithm, keySize, caKeyText] = keys[(at + 3) % keys.length] ?? ['', undefined, /^$/];
  return {
    name: `${algorithm}${size ?? ''}`.toLowerCase(),
    key: [algorithm, size].join(' ').trimEnd(),
    caKey: [keyAlgorithm, keySize].join(' ').trimEnd(),
    privateKey: { algorithm, ...(size === undefined ? {} : { size }) },
    mockCa: { keyAlgorithm, ...(keySize === undefined ? {} : { keySize }) },
    publicKeyText,
    caKeyText,
    namespaced: at % 2 === 0,
  };
});

/** A Certificate and what openssl prints of what comes of it. Where usages are '', the extension must be absent. */
export interface CertificateCase {
  readonly what: string;
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** In RFC 2253's order, which is the reverse of the encoding's. */
  readonly subject: string;
  readonly san: { readonly critical: boolean; readonly text: string } | undefined;
  readonly keyUsage?: string;
  readonly extendedKeyUsage?: string;
  readonly purposes?: readonly string[];
  readonly seconds?: number;
}

const names = { commonName: 'a.example.com', dnsNames: ['a.example.com'] };
const named = { subject: 'CN=a.example.com', san: { critical: false, text: 'DNS:a.example.com' } };
const nameless = (text: string) => ({ subject: '', san: { critical: true, text } });
const longName = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example.com`;
const upn = { oid: '1.3.6.1.4.1.311.20.2.3', utf8Value: 'user@example.com' };

export const certificateCases: readonly CertificateCase[] = [
  {
    what: 'with DNS names',
    name: 'dns',
    spec: { dnsNames: ['a.example.com', 'b.example.com'] },
    ...nameless('DNS:a.example.com, DNS:b.example.com'),
  },
  { what: 'with a wildcard', name: 'wildcard', spec: { dnsNames: ['*.example.com'] }, ...nameless('DNS:*.example.com') },
  { what: 'with an IPv4 address', name: 'ipv4', spec: { ipAddresses: ['10.1.2.3'] }, ...nameless('IP Address:10.1.2.3') },
  {
    what: 'with an IPv6 address',
    name: 'ipv6',
    spec: { ipAddresses: ['2001:db8::1'] },
    ...nameless('IP Address:2001:DB8:0:0:0:0:0:1'),
  },
  {
    what: 'with a URI',
    name: 'uri',
    spec: { uris: ['spiffe://cluster.local/ns/a/sa/b'] },
    ...nameless('URI:spiffe://cluster.local/ns/a/sa/b'),
  },
  {
    what: 'with an email address',
    name: 'email',
    spec: { emailAddresses: ['user@example.com'], usages: ['email protection'] },
    ...nameless('email:user@example.com'),
    purposes: ['S/MIME signing'],
  },
  {
    what: 'with a user principal name as otherName',
    name: 'other-name',
    spec: { otherNames: [upn], usages: ['client auth'] },
    ...nameless('othername: UPN::user@example.com'),
  },
  {
    what: 'with names of all types and a common name',
    name: 'all-names',
    spec: {
      ...names,
      ipAddresses: ['10.1.2.3', '2001:db8::1'],
      uris: ['https://example.com/a'],
      emailAddresses: ['user@example.com'],
      otherNames: [upn],
    },
    subject: 'CN=a.example.com',
    san: {
      critical: false,
      text:
        'DNS:a.example.com, email:user@example.com, IP Address:10.1.2.3, IP Address:2001:DB8:0:0:0:0:0:1, ' +
        'URI:https://example.com/a, othername: UPN::user@example.com',
    },
  },
  {
    what: 'with a DNS name that is too long for a common name',
    name: 'long-name',
    spec: { dnsNames: [longName] },
    ...nameless(`DNS:${longName}`),
  },
  {
    what: 'with a common name alone',
    name: 'common-name',
    spec: { commonName: 'Robot 7' },
    subject: 'CN=Robot 7',
    san: undefined,
  },
  {
    what: 'with every part of a subject',
    name: 'subject',
    spec: {
      ...names,
      subject: {
        countries: ['CH'],
        provinces: ['ZH'],
        localities: ['Zürich'],
        streetAddresses: ['Weg 1'],
        postalCodes: ['8000'],
        organizations: ['Example, Ltd.'],
        organizationalUnits: ['One', 'Two'],
        serialNumber: '7',
      },
    },
    subject: String.raw`serialNumber=7,CN=a.example.com,OU=Two+OU=One,O=Example\, Ltd.,postalCode=8000,street=Weg 1,L=Z\C3\BCrich,ST=ZH,C=CH`,
    san: named.san,
  },
  {
    what: 'with a literal subject in its exact order',
    name: 'literal-subject',
    spec: { dnsNames: ['a.example.com'], literalSubject: 'CN=a.example.com,OU=Two,OU=One,O=Example,UID=7,DC=example,DC=com' },
    subject: 'CN=a.example.com,OU=Two,OU=One,O=Example,UID=7,DC=example,DC=com',
    san: named.san,
  },
  { what: 'that lasts an hour', name: 'hour', spec: { ...names, duration: '1h' }, ...named, seconds: 3600 },
  {
    what: 'that lasts 1000 days',
    name: 'days',
    spec: { ...names, duration: '24000h' },
    ...named,
    seconds: 86_400_000,
  },
  {
    what: 'with the usual usages',
    name: 'usages-default',
    spec: names,
    ...named,
    keyUsage: 'Digital Signature, Key Encipherment',
    extendedKeyUsage: '',
    purposes: ['SSL server', 'SSL client'],
    seconds: 90 * 86_400,
  },
  {
    what: 'with extended usages alone',
    name: 'usages-extended',
    spec: { ...names, usages: ['client auth', 'code signing'] },
    ...named,
    keyUsage: '',
    extendedKeyUsage: 'TLS Web Client Authentication, Code Signing',
    purposes: ['SSL client'],
  },
  {
    what: 'with a request that does not hold its usages',
    name: 'usages-beside',
    spec: { ...names, usages: ['digital signature', 'server auth'], encodeUsagesInRequest: false },
    ...named,
    keyUsage: 'Digital Signature',
    extendedKeyUsage: 'TLS Web Server Authentication',
    purposes: ['SSL server'],
  },
  {
    what: 'with every usage there is for others than CAs',
    name: 'usages-all',
    spec: {
      ...names,
      usages: (
        'signing, digital signature, content commitment, key encipherment, key agreement, data encipherment, crl sign, ' +
        'encipher only, decipher only, any, server auth, client auth, code signing, email protection, s/mime, ' +
        'ipsec end system, ipsec tunnel, ipsec user, timestamping, ocsp signing, microsoft sgc, netscape sgc'
      ).split(', '),
    },
    ...named,
    keyUsage:
      'Digital Signature, Non Repudiation, Key Encipherment, Data Encipherment, Key Agreement, CRL Sign, Encipher Only, ' +
      'Decipher Only',
    extendedKeyUsage:
      'Microsoft Server Gated Crypto, TLS Web Server Authentication, TLS Web Client Authentication, ' +
      'Code Signing, E-mail Protection, IPSec End System, IPSec Tunnel, IPSec User, Time Stamping, OCSP Signing, ' +
      'Netscape Server Gated Crypto, Any Extended Key Usage',
  },
];
