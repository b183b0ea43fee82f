import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAuthority } from '../../../../src/signers/mock-ca/authority.ts';
import type { Finding } from '../../../../src/cli/doctor/finding.ts';
import { diagnose } from '../../../../src/cli/doctor/run.ts';
import { issuerView, now } from '../../issuing/support/views.ts';
import { expectedCrds, healthyFacts, issuerFacts, options } from './support.ts';

const day = 86_400_000;

function said(notAfter: number, caCertificate = 'PEM'): readonly Finding[] {
  const end = `${new Date(notAfter).toISOString().slice(0, 19)}Z`;
  const ca = { subject: 'CN=CA', serialNumber: '0a', notAfter: end, keyId: 'key' };
  const view = issuerView({ ca: { ca, caCertificate } });
  const all = diagnose(healthyFacts({}, [issuerFacts({ view })]), options, expectedCrds, 'external-issuer');
  return all.filter(({ code }) => code === 'IssuerCA' || code === 'CAExpiresSoon');
}

describe('the doctor and the CA of an issuer', () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['is content with one that lasts', now + 30 * day, 'ok its CA "CN=CA" is valid until 2027-02-14T08:00:00Z'],
    [
      'warns of one that ends within 30 days',
      now + 30 * day - 1000,
      'warning its CA "CN=CA" ends at 2027-02-14T07:59:59Z, in 29d23h: no certificate outlives its CA, and after that nothing is issued',
    ],
    [
      'says that it has ended',
      now - day,
      'warning its CA "CN=CA" ended at 2027-01-14T08:00:00Z: no certificate outlives its CA, and after that nothing is issued',
    ],
  ];
  for (const [what, notAfter, expected] of cases) {
    test(what, () => {
      assert.deepEqual(
        said(notAfter).map(({ severity, what: text }) => `${severity} ${text}`),
        [expected],
      );
    });
  }

  test('is content with one that lives for days only, as long as a third of its life is left', async () => {
    const parameters = { commonName: 'CA', key: { algorithm: 'Ed25519' }, validitySeconds: (3 * day) / 1000 } as const;
    const foundAt = async (age: number) => {
      const { certificatePem, notAfter } = await createAuthority(parameters, { clock: { now: () => now - age } });
      return said(notAfter, certificatePem).map(({ code }) => code);
    };
    assert.deepEqual([await foundAt(day), await foundAt(2.5 * day)], [['IssuerCA'], ['CAExpiresSoon']]);
  });

  test('is silent where the status shows none', () => {
    const all = diagnose(healthyFacts(), options, expectedCrds, 'external-issuer');
    assert.equal(
      all.some(({ code }) => code === 'IssuerCA'),
      false,
    );
  });
});
