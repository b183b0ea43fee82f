import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import { decodeRequest } from '../../../src/cli/csr/decode.ts';
import { listText } from '../../../src/cli/csr/list-text.ts';
import { showText } from '../../../src/cli/csr/show-text.ts';
import { summaryOf } from '../../../src/cli/csr/summary.ts';
import { styleFor } from '../../../src/cli/text/style.ts';
import { renderStructured } from '../../../src/cli/text/structured.ts';
import { csrPem, now, requestField } from '../issuing/support/views.ts';
import { opensslCsr } from '../x509/tools.ts';
import { signingRequest } from './support/scripted-cluster.ts';

const plain = styleFor({ write: () => true }, {});
const hostile = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

describe('a request is decoded', () => {
  test('to who it is for, with which names and key', () => {
    const extensions = 'subjectAltName = DNS:a.example,IP:10.0.0.1,URI:spiffe://x,email:a@b,otherName:1.2.3;UTF8:x';
    const pem = opensslCsr({ subject: 'O = developers\nCN = jane\n1.CN = eve', extensions });
    const { csr } = decodeRequest(signingRequest({}, { request: requestField(pem) }), now);
    assert.ok(!('problem' in csr));
    assert.deepEqual(
      [csr.subject, csr.commonNames, csr.organizations],
      ['CN=eve,CN=jane,O=developers', ['jane', 'eve'], ['developers']],
    );
    assert.deepEqual(csr.sans, ['DNS:a.example', 'IP:10.0.0.1', 'URI:spiffe://x', 'email:a@b', 'otherName:1.2.3']);
    assert.deepEqual([csr.key, csr.hasOtherNames, csr.asksForCA], ['ECDSA P-256', true, false]);
  });

  const duration = 'experimental.cert-manager.io/request-duration';
  const lives: readonly [string, CertificateSigningRequest, number | undefined][] = [
    ['by its field', signingRequest({}, { expirationSeconds: 600 }), 600],
    ['by nobody, for our issuers', signingRequest(), 90 * 86_400],
    ['by nobody, for others', signingRequest({}, { signerName: 'example.com/x' }), undefined],
    [
      'by the field, where the annotation is empty',
      signingRequest({}, { expirationSeconds: 600 }, { annotations: { [duration]: '' } }),
      600,
    ],
    [
      'by the annotation first, for our issuers',
      signingRequest({}, { expirationSeconds: 600 }, { annotations: { [duration]: '2h' } }),
      7200,
    ],
    [
      'by the field alone, for others',
      signingRequest({}, { expirationSeconds: 600, signerName: 'example.com/x' }, { annotations: { [duration]: '2h' } }),
      600,
    ],
    ['by nobody, where the annotation is nonsense', signingRequest({}, {}, { annotations: { [duration]: 'long' } }), undefined],
  ];
  for (const [what, request, seconds] of lives) {
    test(`to how long it is to last: ${what}`, () => assert.equal(decodeRequest(request, now).wantedSeconds, seconds));
  }

  test('to what is wrong with its CSR', () => {
    const { csr } = decodeRequest(signingRequest({}, { request: requestField('nonsense') }), now);
    assert.match('problem' in csr ? csr.problem : '', /^The CSR is refused: it is no PEM/);
  });

  test('whatever is in it: it never throws, and what is shown is safe for a terminal', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u001B[2J', '\u202Eevil', '\u009B31m', ''));
    const bytes = fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value).toString('base64'));
    const damaged = fc
      .tuple(fc.nat(csrPem.length - 1), text)
      .map(([at, mark]) => requestField(csrPem.slice(0, at) + mark + csrPem.slice(at)));
    const condition = fc.record({
      type: fc.oneof(text, fc.constantFrom('Approved', 'Denied', 'Failed')),
      status: fc.constant('True' as const),
      reason: text,
      message: text,
    });
    const request = fc.record({
      metadata: fc.record({
        name: text,
        creationTimestamp: text,
        annotations: fc.dictionary(fc.oneof(text, fc.constant(duration)), text),
      }),
      spec: fc.record(
        {
          request: fc.oneof(text, bytes, damaged),
          signerName: fc.oneof(
            text,
            text.map((name) => `externalissuers.external-issuer.io/${name}`),
          ),
          expirationSeconds: fc.integer(),
          usages: fc.array(text),
          username: text,
          groups: fc.array(text),
        },
        { requiredKeys: ['request', 'signerName'] },
      ),
      status: fc.record(
        { conditions: fc.array(condition, { maxLength: 3 }), certificate: fc.oneof(text, bytes) },
        { requiredKeys: [] },
      ),
    });
    fc.assert(
      fc.property(request, (object) => {
        const decoded = decodeRequest(object, now);
        const shown = [
          listText([decoded], false, plain),
          listText([decoded], true, plain),
          showText(decoded, ['\u001B'], plain),
        ];
        for (const format of ['json', 'yaml'] as const) shown.push(renderStructured(summaryOf(decoded), format));
        for (const each of shown) assert.doesNotMatch(each.replaceAll('\n', ''), hostile);
      }),
      { numRuns: 300 },
    );
  });
});
