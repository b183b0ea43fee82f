import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refuseFlatMockCa } from '../../../../src/signers/mock-ca/flat.ts';

function refusal(...names: readonly string[]): string | undefined {
  const result = refuseFlatMockCa(new Map(names.map((name) => [name, Buffer.from('x')])));
  return result?.ok === false ? result.error : undefined;
}

describe('the flat keys of the mock CA', () => {
  test('are refused by name, each with where its setting belongs', () => {
    assert.equal(
      refusal('signer-type', 'mockca-key-size', 'mockca-cert-validity'),
      'the mock CA is not configured by signer-type, mockca-key-size, mockca-cert-validity; remove spec.configMapRef, and set ' +
        'spec.mockCa where you need it (mockca-key-size is spec.mockCa.keySize, with keyAlgorithm RSA; mockca-cert-validity is ' +
        'spec.duration of each Certificate)',
    );
  });

  test('are refused with those of a PKI beside them, of which ten are named', () => {
    const names = Array.from({ length: 12 }, (_, index) => `pki-${index}`);
    assert.match(refusal(...names) ?? '', /configured by pki-0, .*, pki-9; remove spec\.configMapRef, .* where you need it$/);
  });

  test('are not there in a ConfigMap with a document or with anything else', () => {
    for (const name of ['pki-config.json', 'pki-config', 'ca.crt', 'mockca']) assert.equal(refusal(name), undefined, name);
  });
});
