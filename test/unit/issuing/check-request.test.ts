import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { err, ok } from '../../../src/lib/result.ts';
import { checkRequest } from '../../../src/issuing/check-request.ts';
import type { RequestView } from '../../../src/issuing/request-view.ts';
import { encodePem } from '../../../src/x509/pem.ts';
import { buildCsr, hollowRsaKey, opensslCsr, p256, rsa } from '../x509/tools.ts';
import { csrPem, now, requestField, requestView } from './support/views.ts';

interface Refusal {
  readonly what: string;
  readonly request: Partial<RequestView>;
  readonly code: string;
  readonly words: RegExp;
}

function csrOf(der: Uint8Array): string {
  return requestField(encodePem('CERTIFICATE REQUEST', der));
}

function forged(): Uint8Array {
  const der = Uint8Array.from(buildCsr({ key: p256 }));
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
  return der;
}

function withExtensions(extensions: string): string {
  return requestField(opensslCsr({ key: p256.privateKey, extensions }));
}

const broken: readonly Refusal[] = [
  { what: 'an empty CSR', request: { csr: '' }, code: 'CsrMalformed', words: /no PEM/ },
  { what: 'a CSR that is no base64', request: { csr: '%%%%' }, code: 'CsrMalformed', words: /no PEM/ },
  {
    what: 'a CSR that was cut',
    request: { csr: csrOf(buildCsr({ key: p256 }).slice(0, 80)) },
    code: 'CsrMalformed',
    words: /make the CSR anew/,
  },
  {
    what: 'a CSR of a megabyte',
    request: { csr: requestField('A'.repeat(1_000_000)) },
    code: 'CsrTooLarge',
    words: /1000000 characters; at most/,
  },
  {
    what: 'a CSR whose signature is wrong',
    request: { csr: csrOf(forged()) },
    code: 'CsrSignatureInvalid',
    words: /not signed by/,
  },
  {
    what: 'an RSA key of 1024 bits',
    request: { csr: csrOf(buildCsr({ spki: hollowRsaKey(1024) })) },
    code: 'CsrKeyTooSmall',
    words: /1024 bits; make one of at least 2048/,
  },
  {
    what: 'an RSA key of 8200 bits',
    request: { csr: csrOf(buildCsr({ spki: hollowRsaKey(8200) })) },
    code: 'CsrKeyTooLarge',
    words: /8200 bits; make one of at most 8192/,
  },
  {
    what: 'a certificate in the place of a CSR',
    request: { csr: requestField(encodePem('CERTIFICATE', buildCsr())) },
    code: 'CsrMalformed',
    words: /it is a CERTIFICATE/,
  },
];

const spec: readonly Refusal[] = [
  {
    what: 'usages nobody knows, all of them named',
    request: { usages: ['server auth', 'Server Auth', 'constructor', 'x\u0007y'] },
    code: 'UnknownUsage',
    words: /spec\.usages holds "Server Auth", "constructor", "x\\u0007y",/,
  },
  {
    what: 'a duration that cannot be read',
    request: { duration: err('spec.duration is unreadable') },
    code: 'InvalidDuration',
    words: /spec\.duration/,
  },
];

interface Comparison {
  readonly what: string;
  readonly extensions: string;
  readonly request: Partial<RequestView>;
  readonly refusal?: RegExp;
}

const comparisons: readonly Comparison[] = [
  { what: 'isCA where the CSR has no BasicConstraints', extensions: 'subjectAltName = DNS:a', request: { isCA: true } },
  { what: 'isCA where the CSR asks for a CA', extensions: 'basicConstraints = CA:TRUE', request: { isCA: true } },
  { what: 'no CA where the CSR asks for none', extensions: 'basicConstraints = CA:FALSE', request: {} },
  {
    what: 'a CSR that asks for a CA where the spec does not',
    extensions: 'basicConstraints = CA:TRUE',
    request: {},
    refusal: /asks for a CA certificate .* spec\.isCA says false/,
  },
  {
    what: 'a CA by an annotation alone, which can be changed after the approval',
    extensions: 'subjectAltName = DNS:a',
    request: { kind: 'CertificateSigningRequest', isCA: true },
    refusal: /the CSR has to ask for it as well/,
  },
  {
    what: 'a CSR that asks for no CA where the spec does',
    extensions: 'basicConstraints = CA:FALSE',
    request: { isCA: true },
    refusal: /end-entity certificate .* spec\.isCA says true/,
  },
  {
    what: 'the same usages in another order',
    extensions: 'keyUsage = keyEncipherment, digitalSignature\nextendedKeyUsage = clientAuth, serverAuth',
    request: { usages: ['server auth', 'digital signature', 'client auth', 'key encipherment'] },
  },
  {
    what: 'usages that a spec leaves to the default',
    extensions: 'keyUsage = digitalSignature, keyEncipherment',
    request: { usages: [] },
  },
  {
    what: 'cert sign in the CSR of a CA, which isCA adds',
    extensions: 'keyUsage = digitalSignature, keyCertSign',
    request: { isCA: true, usages: ['digital signature'] },
  },
  {
    what: 'cert sign in the CSR of no CA',
    extensions: 'keyUsage = digitalSignature, keyCertSign',
    request: { usages: ['digital signature'] },
    refusal: /KeyUsage extension .* differs from spec\.usages/,
  },
  {
    what: 'a KeyUsage with less than the spec',
    extensions: 'keyUsage = digitalSignature',
    request: {},
    refusal: /KeyUsage extension/,
  },
  {
    what: 'an ExtendedKeyUsage that the spec does not name',
    extensions: 'keyUsage = digitalSignature, keyEncipherment\nextendedKeyUsage = serverAuth',
    request: {},
    refusal: /ExtendedKeyUsage extension/,
  },
  {
    what: 'a KeyUsage alone where the spec has an extended usage too',
    extensions: 'keyUsage = digitalSignature',
    request: { usages: ['digital signature', 'server auth'] },
    refusal: /ExtendedKeyUsage extension/,
  },
  {
    what: 'an ExtendedKeyUsage alone where the spec has a key usage too',
    extensions: 'extendedKeyUsage = serverAuth',
    request: { usages: ['digital signature', 'server auth'] },
    refusal: /^The KeyUsage extension/,
  },
  {
    what: 'any usages where the CSR carries none',
    extensions: 'subjectAltName = DNS:a.example',
    request: { usages: ['code signing'] },
  },
];

describe('checkRequest', () => {
  for (const { what, request, code, words } of [...broken, ...spec]) {
    test(`refuses ${what}`, () => {
      const checked = checkRequest(requestView(request), now);
      assert.ok(!checked.ok);
      assert.equal(checked.error.code, code, checked.error.message);
      assert.match(checked.error.message, words);
    });
  }

  for (const { what, extensions, request, refusal } of comparisons) {
    test(`${refusal === undefined ? 'accepts' : 'refuses'} ${what}`, () => {
      const checked = checkRequest(requestView({ csr: withExtensions(extensions), ...request }), now);
      if (refusal === undefined) {
        assert.ok(checked.ok, checked.ok ? '' : checked.error.message);
        return;
      }
      assert.ok(!checked.ok);
      assert.equal(checked.error.code, 'CsrDiffersFromSpec');
      assert.match(checked.error.message, refusal);
    });
  }

  test('gives the signer what was asked, with the uid as the key of idempotency', () => {
    const notes = { annotations: { team: 'web' }, labels: { app: 'shop' } };
    const checked = checkRequest(requestView({ duration: ok(3600), usages: ['server auth'], ...notes }), now);
    assert.ok(checked.ok);
    const { csr, ...wanted } = checked.value;
    assert.deepEqual(wanted, {
      durationSeconds: 3600,
      usages: ['server auth'],
      isCA: false,
      idempotencyKey: 'uid-1',
      firstTryAt: now,
      origin: { name: 'web-1', namespace: 'team-a', uid: 'uid-1', ...notes },
    });
    assert.equal(csr.pem, csrPem);
  });

  test('adds cert sign to the usages of a CA, and the default usages where there are none', () => {
    const checked = checkRequest(requestView({ isCA: true, usages: [] }), now);
    assert.deepEqual(checked.ok && checked.value.usages, ['digital signature', 'key encipherment', 'cert sign']);
  });

  test('takes an RSA key too', () => {
    const csr = requestField(opensslCsr({ key: rsa.privateKey }));
    assert.ok(checkRequest(requestView({ csr }), now).ok);
  });
});
