import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { policyField } from '../../../src/api/policy-fields.ts';
import { parseFields } from '../../../src/lib/fields.ts';

function problemsOf(rule: unknown, ...more: readonly unknown[]): readonly string[] {
  const parsed = parseFields(policyField, { rules: [rule, ...more] }, 'spec.policy');
  return parsed.ok ? [] : parsed.error;
}

const wrong: readonly (readonly [what: string, allow: unknown, problem: RegExp])[] = [
  [
    'a star inside a label',
    { dnsNames: ['w*.example'] },
    /^spec\.policy\.rules\[0\]\.allow\.dnsNames\[0\]: is no DNS name; a \* stands/,
  ],
  ['three stars', { dnsNames: ['***.example'] }, /dnsNames\[0\]/],
  ['a name that is a star alone', { dnsNames: ['*'] }, /dnsNames\[0\]/],
  [
    'a prefix that is too long',
    { ipRanges: ['10.0.0.0/33'] },
    /ipRanges\[0\]: is no IP address or range; write 10\.1\.0\.0\/16/,
  ],
  ['an address that is too long', { ipRanges: ['10.0.0.0.0'] }, /ipRanges\[0\]/],
  ['a URI with a star', { uriPrefixes: ['spiffe://*/ns'] }, /uriPrefixes\[0\]: .*without \*/],
  ['a URI without a scheme', { uriPrefixes: ['//a/b'] }, /with its scheme/],
  ['two @', { emailAddresses: ['a@b@c'] }, /emailAddresses\[0\]/],
  ['a usage that nobody knows', { usages: ['tls'] }, /usages\[0\]: must be one of signing/],
  ['a usage in other letters', { usages: ['ServerAuth'] }, /usages\[0\]: is no usage; did you mean "server auth"\?/],
  ['a usage as the command line has it', { usages: ['client-auth'] }, /did you mean "client auth"\?/],
  ['IPv4 written as IPv6', { ipRanges: ['::ffff:10.0.0.0/104'] }, /ipRanges\[0\]: is IPv4 written as IPv6/],
  ['IPv4 written as IPv6 at length', { ipRanges: ['0:0:0:0:0:ffff:a00:0'] }, /ipRanges\[0\]: is IPv4 written as IPv6/],
  ['an address with a zone', { ipRanges: ['fe80::1%eth0'] }, /ipRanges\[0\]: is no IP address/],
  ['a name that ends with a dot', { dnsNames: ['a.example.'] }, /dnsNames\[0\]/],
  ['an empty name', { dnsNames: [''] }, /dnsNames\[0\]: must be at least 1/],
  [
    'sizes the wrong way round',
    { keys: [{ algorithm: 'RSA', minSize: 3, maxSize: 2 }] },
    /keys\[0\]\.maxSize: must be at least minSize/,
  ],
];

describe('the rules of an issuer', () => {
  test('say once what is wrong with an address', () => {
    for (const range of ['example.com', '10.0.0.0/33'])
      assert.equal(problemsOf({ name: 'a', allow: { ipRanges: [range] } }).length, 1);
  });

  for (const [what, allow, problem] of wrong) {
    test(`refuse ${what}, naming the field`, () => assert.match(problemsOf({ name: 'a', allow }).join('; '), problem));
  }

  test('refuse a ServiceAccount without its namespace', () => {
    assert.match(
      problemsOf({ name: 'a', match: { serviceAccounts: ['deployer'] } }).join(),
      /serviceAccounts\[0\]: .*namespace\/name/,
    );
  });

  test('refuse two rules of one name', () => {
    assert.match(problemsOf({ name: 'a' }, { name: 'a' }).join(), /spec\.policy\.rules: has two rules of one name/);
  });

  test('allow no CA, and no system:masters, where nothing is said of them', () => {
    const policy = policyField.parse({ rules: [{ name: 'a' }] });
    assert.equal(policy.allowSystemMasters, false);
    assert.equal(policy.rules?.[0]?.allow.isCA, false);
  });
});
