import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requestKindsOf } from '../../../src/cli/process-options.ts';

const from = '--request-kinds';

describe('--request-kinds', () => {
  const both = ['CertificateRequest', 'CertificateSigningRequest'];
  const read: readonly (readonly [string, readonly string[]])[] = [
    ['CertificateRequest', ['CertificateRequest']],
    [' CertificateSigningRequest ,', ['CertificateSigningRequest']],
    ['CertificateSigningRequest,CertificateRequest,CertificateSigningRequest', both],
  ];
  for (const [value, kinds] of read) {
    test(`"${value}" names ${kinds.join(' and ')}`, () =>
      assert.deepEqual(requestKindsOf({ value, from, given: true }), kinds));
  }

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /^--request-kinds: names no kind of request; there are CertificateRequest and CertificateSigningRequest$/],
    [',', /^--request-kinds: names no kind/],
    ['csr', /^--request-kinds: "csr" is not a kind of request; there are CertificateRequest and/],
    ['CertificateRequest,certificatesigningrequest', /"certificatesigningrequest" is not a kind/],
  ];
  for (const [value, message] of wrong) {
    test(`"${value}" is refused`, () => {
      assert.throws(() => requestKindsOf({ value, from, given: true }), { code: 'Usage', message });
    });
  }
});
