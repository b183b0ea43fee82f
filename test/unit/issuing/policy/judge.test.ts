import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judge } from '../../../../src/issuing/policy/judge.ts';
import { rulesOf, subjectOf, type Asked } from './support/subjects.ts';

interface Case {
  readonly what: string;
  readonly allow: Readonly<Record<string, unknown>>;
  readonly asked: Asked;
  /** What the refusal says; absent: it is allowed. */
  readonly refused?: RegExp;
}

const rsa2048 = ['-newkey', 'rsa:2048'];
const webName = { sans: 'DNS:web.example.com' };
const cases: readonly Case[] = [
  { what: 'nothing but a key', allow: {}, asked: {} },
  { what: 'a name that is allowed', allow: { dnsNames: ['*.example.com'] }, asked: webName },
  { what: 'a name where none is', allow: {}, asked: webName, refused: /DNS name "web\.example\.com" \(allow\.dnsNames\)/ },
  {
    what: 'one name too many',
    allow: { dnsNames: ['*.example.com'] },
    asked: { sans: 'DNS:web.example.com,DNS:web.example.net' },
    refused: /"web\.example\.net"/,
  },
  { what: 'an address of a range', allow: { ipRanges: ['10.0.0.0/8'] }, asked: { sans: 'IP:10.1.2.3' } },
  { what: 'another address', allow: { ipRanges: ['10.0.0.0/8'] }, asked: { sans: 'IP:11.1.2.3' }, refused: /allow\.ipRanges/ },
  { what: 'a URI', allow: { uriPrefixes: ['spiffe://a/ns'] }, asked: { sans: 'URI:spiffe://a/ns/x' } },
  {
    what: 'another URI',
    allow: { uriPrefixes: ['spiffe://a/ns'] },
    asked: { sans: 'URI:spiffe://b/ns' },
    refused: /allow\.uriPrefixes/,
  },
  { what: 'a mailbox', allow: { emailAddresses: ['*@example.com'] }, asked: { sans: 'email:jane@example.com' } },
  { what: 'another mailbox', allow: {}, asked: { sans: 'email:jane@example.com' }, refused: /allow\.emailAddresses/ },
  {
    what: 'an otherName, whatever is allowed',
    allow: { dnsNames: ['**.example.com'], emailAddresses: ['*@*'] },
    asked: { sans: 'otherName:1.3.6.1.4.1.311.20.2.3;UTF8:jane@example.com' },
    refused: /no rule can allow the otherName 1\.3\.6\.1\.4\.1\.311\.20\.2\.3/,
  },
  {
    what: 'a common name that is a DNS name of it',
    allow: { dnsNames: ['*.example.com'] },
    asked: { subject: 'CN = web.example.com', ...webName },
  },
  {
    what: 'a common name that is none of its DNS names',
    allow: { dnsNames: ['*.example.com'] },
    asked: { subject: 'CN = other.example.com', ...webName },
    refused: /CN "other\.example\.com" in the subject \(allow\.subject\.commonName\)/,
  },
  {
    what: 'a subject that is allowed',
    allow: { subject: { commonName: ['*@example.com'], organization: ['developers'] } },
    asked: { subject: 'O = developers\nCN = jane@example.com' },
  },
  {
    what: 'a second organization',
    allow: { subject: { commonName: ['*'], organization: ['developers'] } },
    asked: { subject: '0.O = developers\n1.O = admins\nCN = jane' },
    refused: /O "admins"/,
  },
  {
    what: 'an attribute that no rule knows',
    allow: { subject: { commonName: ['*'] } },
    asked: { subject: 'CN = jane\ntitle = boss' },
    refused: /title "boss" in the subject \(no rule can allow/,
  },
  { what: 'a key that is allowed', allow: { keys: [{ algorithm: 'ECDSA', minSize: 256 }] }, asked: {} },
  {
    what: 'a key that is too small',
    allow: { keys: [{ algorithm: 'RSA', minSize: 3072 }] },
    asked: { newkey: rsa2048 },
    refused: /RSA 2048 bits/,
  },
  {
    what: 'a key of another kind',
    allow: { keys: [{ algorithm: 'RSA' }] },
    asked: {},
    refused: /ECDSA 256 bits" \(allow\.keys\)/,
  },
  {
    what: 'usages of servers and clients where none are named',
    allow: {},
    asked: { usages: ['server auth', 'client auth', 'signing'] },
  },
  {
    what: 'another usage where none are named',
    allow: {},
    asked: { usages: ['code signing'] },
    refused: /usage "code signing" \(allow\.usages\)/,
  },
  { what: 'a usage that is named', allow: { usages: ['code signing'] }, asked: { usages: ['code signing'] } },
  {
    what: 'a usage beside those that are named',
    allow: { usages: ['code signing'] },
    asked: { usages: ['client auth'] },
    refused: /client auth/,
  },
  {
    what: 'a usage by its other name',
    allow: { usages: ['signing', 'email protection'] },
    asked: { usages: ['digital signature', 's/mime'] },
  },
  { what: 'the usage "any"', allow: {}, asked: { usages: ['any'] }, refused: /"any"/ },
  { what: 'a life that is allowed', allow: { maxDuration: '1h' }, asked: { durationSeconds: 3600 } },
  {
    what: 'a longer life',
    allow: { maxDuration: '1h' },
    asked: { durationSeconds: 3601 },
    refused: /1h at most.*allow\.maxDuration/,
  },
  { what: 'a CA', allow: { isCA: true }, asked: { isCA: true, usages: ['digital signature', 'cert sign'] } },
  { what: 'a CA where none is allowed', allow: {}, asked: { isCA: true }, refused: /allow\.isCA/ },
  {
    what: 'a CA in the CSR alone',
    allow: {},
    asked: { extensions: 'basicConstraints = CA:TRUE' },
    refused: /allow\.isCA/,
  },
  {
    what: 'name constraints in the CSR alone',
    allow: {},
    asked: { extensions: 'nameConstraints = permitted;DNS:example.com' },
    refused: /allow\.isCA/,
  },
  {
    what: 'IPv4 written as IPv6, which is the IPv4 address to some',
    allow: { ipRanges: ['0.0.0.0/0', '::/0'] },
    asked: { sans: 'IP:::ffff:10.0.0.1' },
    refused: /"::ffff:10\.0\.0\.1" \(allow\.ipRanges\)/,
  },
  {
    what: 'a DNS name with a dot at its end',
    allow: { dnsNames: ['**.example.com', 'web.example.com'] },
    asked: { sans: 'DNS:web.example.com.' },
    refused: /allow\.dnsNames/,
  },
  {
    what: 'a wildcard where each name under it is allowed',
    allow: { dnsNames: ['**.example.com'] },
    asked: { sans: 'DNS:*.a.example.com' },
    refused: /allow\.dnsNames/,
  },
  {
    what: 'a registered id, whatever is allowed',
    allow: { dnsNames: ['**.example.com'] },
    asked: { sans: 'RID:1.2.3.4' },
    refused: /no rule can allow the alternative name registeredID/,
  },
  {
    what: 'a common name that only looks like a DNS name of it',
    allow: { dnsNames: ['k.example'] },
    asked: { subject: 'CN = \u212a.example', sans: 'DNS:k.example' },
    refused: /allow\.subject\.commonName/,
  },
  {
    what: 'the usage of CAs without being one',
    allow: { isCA: true },
    asked: { usages: ['cert sign'] },
    refused: /cert sign/,
  },
];

describe('a rule', () => {
  for (const { what, allow, asked, refused } of cases) {
    test(`${refused === undefined ? 'allows' : 'refuses'} ${what}`, () => {
      const verdict = judge(rulesOf({ allow }), subjectOf(asked));
      if (refused === undefined) assert.deepEqual(verdict, { allowed: true, rule: 'rule-0' });
      else assert.match(verdict.allowed ? assert.fail('allowed') : verdict.message, refused);
    });
  }
});

const jane = { username: 'jane', groups: ['developers', 'system:authenticated'] };
const deployer = { username: 'system:serviceaccount:ci:deployer', groups: [] };
const matches: readonly (readonly [what: string, match: unknown, asked: Asked, isFor: boolean])[] = [
  ['every request where nothing is set', {}, {}, true],
  ['a namespace', { namespaces: ['team-*'] }, { namespace: 'team-a' }, true],
  ['another namespace', { namespaces: ['team-*'] }, { namespace: 'steam-a' }, false],
  ['no namespace', { namespaces: ['*'] }, { kind: 'CertificateSigningRequest' }, false],
  ['a user', { users: ['jane'] }, { requester: jane }, true],
  ['another user', { users: ['john'] }, { requester: jane }, false],
  ['nobody', { users: ['*'] }, {}, false],
  ['nobody in a group', { groups: ['*'] }, {}, false],
  ['a user without a name', { users: ['*'] }, { requester: { username: '', groups: [] } }, false],
  ['a group', { groups: ['developers'] }, { requester: jane }, true],
  ['another group', { groups: ['admins'] }, { requester: jane }, false],
  ['a ServiceAccount', { serviceAccounts: ['ci/*'] }, { requester: deployer }, true],
  ['a ServiceAccount of another namespace', { serviceAccounts: ['c/*'] }, { requester: deployer }, false],
  ['a user who is no ServiceAccount', { serviceAccounts: ['*/*'] }, { requester: jane }, false],
  ['a user and a group, one of which is another', { users: ['jane'], groups: ['admins'] }, { requester: jane }, false],
];

describe('who a rule is for', () => {
  for (const [what, match, asked, isFor] of matches) {
    test(`${isFor ? 'holds' : 'does not hold'} ${what}`, () => {
      const verdict = judge(rulesOf({ match }), subjectOf(asked));
      assert.equal(verdict.allowed, isFor);
      if (!verdict.allowed) assert.match(verdict.message, /none is for /);
    });
  }

  test('is told where no rule is for the request', () => {
    const asked = subjectOf({ namespace: 'team-b', requester: jane });
    const verdict = judge(rulesOf({ match: { namespaces: ['team-a'] } }), asked);
    assert.match(verdict.allowed ? '' : verdict.message, /none is for namespace "team-b" and user "jane"/);
  });
});

test('rules do not add up: each of two has to allow all', () => {
  const rules = rulesOf({ allow: { dnsNames: ['a.example'] } }, { allow: { dnsNames: ['b.example'] } });
  const verdict = judge(rules, subjectOf({ sans: 'DNS:a.example,DNS:b.example' }));
  assert.match(verdict.allowed ? '' : verdict.message, /rule "rule-0": .*"b\.example".*; rule "rule-1": .*"a\.example"/);
});
