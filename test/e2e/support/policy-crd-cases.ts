import type { IssuerCase } from './issuer-cases.ts';

function withRule(rule: unknown): unknown {
  return { signerType: 'mockca', policy: { rules: [rule] } };
}

function refused(what: string, allow: unknown, refusal: RegExp): IssuerCase {
  return { what, spec: withRule({ name: 'a', allow }), refusal };
}

/** What an issuer may be asked for, as the shipped CRDs check it. */
export const policyCases: readonly IssuerCase[] = [
  { what: 'a rule that says nothing', spec: withRule({ name: 'a' }) },
  {
    what: 'a rule with every field',
    spec: withRule({
      name: 'every-field',
      match: { namespaces: ['team-*'], serviceAccounts: ['ci/*'], users: ['jane'], groups: ['developers'] },
      allow: {
        dnsNames: ['*.example.com', '**.example.net', 'a_b.example'],
        ipRanges: ['10.0.0.0/8', 'fd00::/8', '10.1.2.3'],
        uriPrefixes: ['spiffe://cluster.local/ns/team-a'],
        emailAddresses: ['*@example.com'],
        subject: { commonName: ['*'], organization: ['Example, Ltd'] },
        usages: ['server auth', 'digital signature'],
        keys: [{ algorithm: 'RSA', minSize: 3072, maxSize: 4096 }, { algorithm: 'Ed25519' }],
        maxDuration: '90d',
        isCA: false,
      },
    }),
  },
  { what: 'no rule in a list of them', spec: { signerType: 'mockca', policy: { rules: [] } }, refusal: /policy\.rules/ },
  { what: 'a rule without a name', spec: withRule({ allow: {} }), refusal: /policy\.rules\[0\]\.name: [^]*Required value/ },
  {
    what: 'two rules of one name',
    spec: { signerType: 'mockca', policy: { rules: [{ name: 'a' }, { name: 'a' }] } },
    refusal: /policy\.rules\[1\]: [^]*Duplicate value/,
  },
  {
    what: 'a ServiceAccount without its namespace',
    spec: withRule({ name: 'a', match: { serviceAccounts: ['x'] } }),
    refusal: /serviceAccounts/,
  },
  refused('a star inside a DNS name', { dnsNames: ['a*.example'] }, /dnsNames\[0\]/),
  refused('a star that ends a DNS name', { dnsNames: ['example.*'] }, /dnsNames\[0\]/),
  refused('an address that is none', { ipRanges: ['10.0.0.0-10.1.0.0'] }, /ipRanges\[0\]/),
  refused('a URI without a scheme', { uriPrefixes: ['example.com/a'] }, /uriPrefixes\[0\]/),
  refused('a mailbox without a domain', { emailAddresses: ['jane'] }, /emailAddresses\[0\]/),
  refused('a usage that is none', { usages: ['Server Auth'] }, /usages\[0\]: Unsupported value: "Server Auth"/),
  refused('a key of no known kind', { keys: [{ algorithm: 'DSA' }] }, /algorithm: Unsupported value: "DSA"/),
  refused(
    'sizes of a key the wrong way round',
    { keys: [{ algorithm: 'RSA', minSize: 4096, maxSize: 2048 }] },
    /maxSize must be at least minSize/,
  ),
  refused('a life that nobody can ask for', { maxDuration: '1m' }, /must be at least 10m/),
];
