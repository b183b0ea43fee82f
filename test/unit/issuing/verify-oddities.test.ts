import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SignRequest } from '../../../src/signers/signer.ts';
import { goodCsr } from '../x509/tools.ts';
import type { Profile } from './support/openssl-ca.ts';
import { createVerifyLab, sans, usual, type VerifyLab } from './support/verify-lab.ts';
import { now } from './support/views.ts';

const minute = 60_000;
const day = 86_400_000;

let lab: VerifyLab;
before(() => {
  lab = createVerifyLab();
});
after(() => lab.close());

interface Oddity {
  readonly what: string;
  readonly profile: Profile;
  readonly request?: () => Partial<SignRequest>;
  readonly csr?: () => string;
  readonly words: RegExp;
}

const oddities: readonly Oddity[] = [
  {
    what: 'further names',
    profile: { extensions: `${sans}, DNS:www.a.example\n${usual}` },
    words: /the CA added names: DNS:www\.a\.example\.$/,
  },
  {
    what: 'another subject',
    profile: { subject: '/O=Other/CN=a.example' },
    words: /its subject is "CN=a\.example,O=Other", asked was "CN=a\.example,O=Example"/,
  },
  {
    what: 'a usage less',
    profile: { extensions: `${sans}\nkeyUsage = keyEncipherment` },
    words: /its usages are not the ones asked for/,
  },
  {
    what: 'a usage more',
    profile: { extensions: `${sans}\nkeyUsage = digitalSignature, keyEncipherment, keyAgreement` },
    words: /usages/,
  },
  {
    what: 'an extended usage more',
    profile: { extensions: `${sans}\n${usual}\nextendedKeyUsage = clientAuth` },
    words: /usages/,
  },
  {
    what: 'an extended usage less',
    profile: { extensions: `${sans}\n${usual}\nextendedKeyUsage = clientAuth` },
    request: () => ({ usages: ['digital signature', 'key encipherment', 'client auth', 'server auth'] }),
    words: /usages/,
  },
  {
    what: 'an RSA key without key encipherment, which was asked for',
    profile: { extensions: `${sans}\nkeyUsage = digitalSignature` },
    csr: () => lab.rsaCsrPem,
    words: /usages/,
  },
  { what: 'a lifetime of two days for one', profile: { notAfter: now + 2 * day }, words: /it lasts 2d\w*, asked was 1d/ },
  {
    what: 'no CA certificate where one was asked for',
    profile: {},
    request: () => ({ isCA: true }),
    words: /it is no CA certificate/,
  },
];

describe('verifyIssued', () => {
  test('accepts what was asked for without a word', () => {
    assert.deepEqual(lab.accepted(lab.leaf()).notices, []);
    assert.deepEqual(lab.accepted(lab.leaf({}, lab.rsaCsrPem), lab.wanted({ csr: goodCsr(lab.rsaCsrPem) })).notices, []);
  });

  const silent: readonly (readonly [string, Profile, Partial<SignRequest>])[] = [
    ['a lifetime that is an hour off', { notAfter: now + day + 58 * minute }, {}],
    ['a long lifetime that is less than a twentieth off', { notAfter: now + 96 * day }, { durationSeconds: 100 * 86_400 }],
    ['an ECDSA key without key encipherment', { extensions: `${sans}\nkeyUsage = digitalSignature` }, {}],
    ['a certificate without KeyUsage', { extensions: sans }, { usages: ['server auth'] }],
  ];
  for (const [what, profile, request] of silent) {
    test(`accepts ${what} without a word`, () =>
      assert.deepEqual(lab.accepted(lab.leaf(profile), lab.wanted(request)).notices, []));
  }

  test('takes a subject that the CA encoded anew for the same', () => {
    const printable = lab.leaf({ subject: '/O=Example/CN=a.example' });
    const { chain, notices } = lab.accepted(printable);
    assert.deepEqual(notices, []);
    assert.notDeepEqual(chain.leaf.subject.der, lab.wanted().csr.subject.der);
  });

  for (const { what, profile, request, csr, words } of oddities) {
    test(`accepts ${what} with one Warning`, () => {
      const csrOf = csr?.() ?? lab.csrPem;
      const { notices } = lab.accepted(lab.leaf(profile, csrOf), lab.wanted({ csr: goodCsr(csrOf), ...request?.() }));
      assert.deepEqual(
        notices.map(({ type, reason }) => ({ type, reason })),
        [{ type: 'Warning', reason: 'IssuedDiffers' }],
      );
      assert.match(notices[0]?.note ?? '', words);
    });
  }

  test('tells several differences in one Warning of bearable length', () => {
    const many = Array.from({ length: 40 }, (_, index) => `DNS:${'long.'.repeat(20)}${index}`).join(', ');
    const profile = { extensions: `${sans}, ${many}\n${usual}`, subject: '/CN=b', notAfter: now + 2 * day };
    const { notices } = lab.accepted(lab.leaf(profile));
    assert.equal(notices.length, 1);
    assert.match(notices[0]?.note ?? '', /added names: .* and 35 more; its subject is .*; it lasts /);
    assert.ok((notices[0]?.note.length ?? 0) < 1024);
  });

  test('accepts a CA certificate where one was asked for', () => {
    const extensions = `${sans}\nbasicConstraints = critical, CA:TRUE\nkeyUsage = keyCertSign, cRLSign, digitalSignature`;
    const request = lab.wanted({ isCA: true, usages: ['digital signature', 'cert sign'] });
    assert.deepEqual(lab.accepted(lab.leaf({ extensions }), request).notices, []);
  });
});
