import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CaStatus } from '../../../src/api/ca-status.ts';
import { caStatusOf, caToShow, isSameCa } from '../../../src/issuing/ca-status.ts';
import type { CaFacts } from '../../../src/signers/signer.ts';
import { issuerView, newIssuerView, readyCondition } from './support/views.ts';

const facts: CaFacts = {
  subject: 'CN=CA,O=Example',
  serialHex: '0a1b',
  notAfter: Date.parse('2036-11-20T17:05:06.700Z'),
  keyId: 'https://team.vault.azure.net/keys/ca/0123',
  certificatePem: 'PEM',
};
const shown: CaStatus = {
  ca: { subject: facts.subject, serialNumber: '0a1b', notAfter: '2036-11-20T17:05:06Z', keyId: facts.keyId },
  caCertificate: 'PEM',
};

describe('the CA in the status', () => {
  test('is what the signer said, its end in RFC 3339', () => assert.deepEqual(caStatusOf(facts), shown));

  const unfit: readonly (readonly [string, Partial<CaFacts>])[] = [
    ['a subject of more than 1 KiB', { subject: 'x'.repeat(1025) }],
    ['a certificate of more than 64 KiB', { certificatePem: 'x'.repeat(65_537) }],
    ['a key with a long name', { keyId: 'x'.repeat(1025) }],
    ['a serial number that is none', { serialHex: 'xyz' }],
    ['an end that is no time', { notAfter: Number.NaN }],
    ['an end that no certificate can have', { notAfter: 8.64e15 }],
  ];
  for (const [what, part] of unfit) {
    test(`is left out with ${what}`, () => assert.equal(caStatusOf({ ...facts, ...part }), undefined));
  }

  test('may be as large as the bounds', () => {
    assert.notEqual(caStatusOf({ ...facts, subject: 'x'.repeat(1024), certificatePem: 'x'.repeat(65_536) }), undefined);
  });

  const cases: readonly (readonly [string, Parameters<typeof caToShow>, CaStatus | undefined])[] = [
    ['is that of a check that passed', [issuerView(), { status: 'True', ca: shown }], shown],
    ['goes where a check that passed knows none', [issuerView({ ca: shown }), { status: 'True' }], undefined],
    ['stays where a check failed', [issuerView({ ca: shown }), { status: 'False' }], shown],
    ['goes where the spec has changed', [issuerView({ ca: shown, generation: 4 }), { status: 'False' }], undefined],
    [
      'goes where the status says nothing of a version',
      [issuerView({ ca: shown, ready: readyCondition({ observedGeneration: undefined }) }), { status: 'False' }],
      undefined,
    ],
    ['is not there for an issuer that is new', [newIssuerView({ ca: shown }), { status: 'Unknown' }], undefined],
  ];
  for (const [what, [issuer, found], expected] of cases) {
    test(what, () => assert.deepEqual(caToShow(issuer, found), expected));
  }

  test('is another where one of its parts is', () => {
    assert.equal(isSameCa(shown, structuredClone(shown)), true);
    assert.equal(isSameCa(undefined, undefined), true);
    assert.equal(isSameCa(shown, undefined), false);
    assert.equal(isSameCa(undefined, shown), false);
    assert.equal(isSameCa(shown, { ...shown, caCertificate: 'other' }), false);
    for (const part of ['subject', 'serialNumber', 'notAfter', 'keyId'] as const) {
      assert.equal(isSameCa(shown, { ...shown, ca: { ...shown.ca, [part]: 'other' } }), false, part);
    }
  });
});
