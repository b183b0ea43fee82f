import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { verifyIssued, type Verified, type VerifyProblem } from '../../../src/issuing/verify.ts';
import type { SignRequest } from '../../../src/signers/signer.ts';
import { goodCsr, opensslCsr } from '../x509/tools.ts';
import { createOpensslCA, type OpensslCA, type Profile } from './support/openssl-ca.ts';
import { now } from './support/views.ts';

const minute = 60_000;
const day = 86_400_000;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const sans = 'subjectAltName = DNS:a.example, IP:192.0.2.7';
const usual = 'keyUsage = critical, digitalSignature, keyEncipherment';
const subject = 'O = Example\nCN = a.example';

let ca: OpensslCA;
let csrPem: string;
let rsaCsrPem: string;

before(() => {
  ca = createOpensslCA();
  csrPem = opensslCsr({ key: ec, subject, extensions: sans });
  rsaCsrPem = opensslCsr({ key: rsa, subject, extensions: sans });
});
after(() => ca.close());

function wanted(overrides: Partial<SignRequest> = {}): SignRequest {
  return {
    csr: goodCsr(csrPem),
    durationSeconds: 86_400,
    usages: ['digital signature', 'key encipherment'],
    isCA: false,
    idempotencyKey: 'uid-1',
    ...overrides,
  };
}

function leaf(profile: Profile = {}, csr = csrPem): string {
  return ca.sign(csr, { extensions: `${sans}\n${usual}`, ...profile });
}

function accepted(chainPem: string, request = wanted(), caPem?: string): Verified {
  const verified = verifyIssued({ outcome: 'issued', chainPem, ...(caPem === undefined ? {} : { caPem }) }, request, now);
  assert.ok(verified.ok, verified.ok ? '' : verified.error.message);
  return verified.value;
}

function refusedFor(chainPem: string, request = wanted()): VerifyProblem {
  const verified = verifyIssued({ outcome: 'issued', chainPem }, request, now);
  assert.ok(!verified.ok);
  return verified.error;
}

interface Refusal {
  readonly what: string;
  readonly chain: () => string;
  readonly code: string;
  readonly words: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    what: 'an answer without a certificate',
    chain: () => 'Your request was accepted.',
    code: 'ChainEmpty',
    words: /no certificate/,
  },
  {
    what: 'a certificate of another key',
    chain: () => leaf({}, opensslCsr({ subject, extensions: sans })),
    code: 'ChainKeyMismatch',
    words: /public key of the CSR/,
  },
  {
    what: 'a certificate that lacks a name that was asked for',
    chain: () => leaf({ extensions: 'subjectAltName = DNS:a.example' }),
    code: 'SanMissing',
    words: /not in it: IP:192\.0\.2\.7\. Compare the CA's profile/,
  },
  {
    what: 'a certificate without any alternative name',
    chain: () => leaf({ extensions: usual }),
    code: 'SanMissing',
    words: /DNS:a\.example, IP:192\.0\.2\.7/,
  },
  {
    what: 'a CA certificate that nobody asked for',
    chain: () => leaf({ extensions: `${sans}\nbasicConstraints = critical, CA:TRUE` }),
    code: 'UnaskedCA',
    words: /is a CA certificate/,
  },
  {
    what: 'a certificate that has expired',
    chain: () => leaf({ notBefore: now - day, notAfter: now - 1000 }),
    code: 'CertificateExpired',
    words: /expired at 2027-01-15T07:59:59/,
  },
  {
    what: 'a certificate that becomes valid in six minutes',
    chain: () => leaf({ notBefore: now + 6 * minute }),
    code: 'NotYetValid',
    words: /refused: it is valid only from 2027-01-15T08:06:00/,
  },
  {
    what: 'a chain with a certificate that belongs to no path',
    chain: () => leaf() + createOther(),
    code: 'ChainBroken',
    words: /"CN=Openssl root" is neither/,
  },
];

function createOther(): string {
  const other = createOpensslCA();
  try {
    return other.rootPem;
  } finally {
    other.close();
  }
}

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
    csr: () => rsaCsrPem,
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
  for (const { what, chain, code, words } of refusals) {
    test(`refuses ${what}, for good`, () => {
      const { message, ...problem } = refusedFor(chain());
      assert.deepEqual(problem, { code });
      assert.match(message, words);
    });
  }

  test('accepts what was asked for without a word', () => {
    assert.deepEqual(accepted(leaf()).notices, []);
    assert.deepEqual(accepted(leaf({}, rsaCsrPem), wanted({ csr: goodCsr(rsaCsrPem) })).notices, []);
  });

  const silent: readonly (readonly [string, Profile, Partial<SignRequest>])[] = [
    ['a lifetime that is an hour off', { notAfter: now + day + 58 * minute }, {}],
    ['a long lifetime that is less than a twentieth off', { notAfter: now + 96 * day }, { durationSeconds: 100 * 86_400 }],
    ['an ECDSA key without key encipherment', { extensions: `${sans}\nkeyUsage = digitalSignature` }, {}],
    ['a certificate without KeyUsage', { extensions: sans }, { usages: ['server auth'] }],
  ];
  for (const [what, profile, request] of silent) {
    test(`accepts ${what} without a word`, () => assert.deepEqual(accepted(leaf(profile), wanted(request)).notices, []));
  }

  test('takes a subject that the CA encoded anew for the same', () => {
    const printable = leaf({ subject: '/O=Example/CN=a.example' });
    const { chain, notices } = accepted(printable);
    assert.deepEqual(notices, []);
    assert.notDeepEqual(chain.leaf.subject.der, wanted().csr.subject.der);
  });

  for (const { what, profile, request, csr, words } of oddities) {
    test(`accepts ${what} with one Warning`, () => {
      const csrOf = csr?.() ?? csrPem;
      const { notices } = accepted(leaf(profile, csrOf), wanted({ csr: goodCsr(csrOf), ...request?.() }));
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
    const { notices } = accepted(leaf(profile));
    assert.equal(notices.length, 1);
    assert.match(notices[0]?.note ?? '', /added names: .* and 35 more; its subject is .*; it lasts /);
    assert.ok((notices[0]?.note.length ?? 0) < 1024);
  });

  test('waits for a certificate that becomes valid in under five minutes', () => {
    const { code, afterMs, message } = refusedFor(leaf({ notBefore: now + 4 * minute }));
    assert.equal(code, 'NotYetValid');
    assert.equal(afterMs, 4 * minute);
    assert.match(message, /becomes valid in 4m and is kept/);
  });

  test('refuses what waiting does not mend before it waits', () => {
    const { code, afterMs } = refusedFor(leaf({ notBefore: now + minute, extensions: usual }));
    assert.equal(code, 'SanMissing');
    assert.equal(afterMs, undefined);
  });

  test('accepts a CA certificate where one was asked for', () => {
    const extensions = `${sans}\nbasicConstraints = critical, CA:TRUE\nkeyUsage = keyCertSign, cRLSign, digitalSignature`;
    const request = wanted({ isCA: true, usages: ['digital signature', 'cert sign'] });
    assert.deepEqual(accepted(leaf({ extensions }), request).notices, []);
  });

  test('puts the chain in order, without duplicates and carriage returns, and the root only into ca', () => {
    const own = leaf();
    const messy = `${ca.rootPem}${own}\r\n${ca.intermediatePem}${ca.rootPem}`.replaceAll('\n', '\r\n').trimEnd();
    const { chain } = accepted(messy);
    assert.equal(chain.chainPem, own + ca.intermediatePem);
    assert.equal(chain.caPem, ca.rootPem);
  });

  test('takes the root from what the CA names as its own', () => {
    const own = leaf();
    const { chain } = accepted(own + ca.intermediatePem, wanted(), ca.rootPem);
    assert.deepEqual([chain.chainPem, chain.caPem], [own + ca.intermediatePem, ca.rootPem]);
  });

  test('names the highest certificate as ca where there is no root, and keeps it in the chain', () => {
    const own = leaf();
    const { chain } = accepted(own + ca.intermediatePem);
    assert.deepEqual([chain.chainPem, chain.caPem], [own + ca.intermediatePem, ca.intermediatePem]);
  });

  test('has no ca for a lone leaf', () => {
    const own = leaf();
    const { chain } = accepted(own);
    assert.deepEqual([chain.chainPem, chain.caPem], [own, '']);
  });
});
